using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>A convolution of a network with its compressed weight, and how often the network has one like it.</summary>
internal sealed unsafe class ConvCase
{
    public required ConvGeometry Geometry { get; init; }
    public required WeightTensor Weight { get; init; }
    public required Epilogue Epilogue { get; init; }
    public required TensorLayout Input { get; init; }
    public required TensorLayout Output { get; init; }
    public required bool Residual { get; init; }
    public int Count { get; set; }

    public List<ConvForm> Forms => ConvKernels.Forms(Geometry, Weight, Input, Output);

    public override string ToString()
    {
        ConvGeometry g = Geometry;
        string channels = g.Groups > 1 ? $"{g.InputChannels}->{g.OutputChannels}/{g.Groups}" : $"{g.InputChannels}->{g.OutputChannels}";
        string format = Weight.AsProjected() is { } p ? $"{Weight.Format} {p.M}:{p.D}" : Weight.Format.ToString();
        return $"{channels} {g.KernelHeight}x{g.KernelWidth} s{g.StrideX} @{g.InputHeight}x{g.InputWidth}{(Residual ? " +" : "")} {format}";
    }

    /// <summary>The convolutions of a loaded network, those alike once, in the order of the network.</summary>
    /// <param name="memory">Bytes that a run of the network goes through: what lies between two uses of the same weight.</param>
    public static List<ConvCase> Of(PlanRunner model, int[] inputShape, out long memory)
    {
        using ModelSession session = model.CreateSession();
        var cases = new Dictionary<string, ConvCase>();
        session.Observer = new SeenSteps((number, inputs, outputs) =>
        {
            Sessions.NetworkStep step = model.Network.Steps[number - 1];
            if (step.Plan.Operator != "Conv" || !step.Taken[1]) return;
            WeightTensor weight = model.Network.Values[step.Inputs[1]].Compressed!;
            ConvAttributes attributes = ConvAttributes.Read(step.Plan.Attributes);
            // Constant paddings: the networks here have no others.
            var shapes = new StepShapes(inputs, outputs, dimension => dimension.Evaluate(new Dictionary<string, long>()));
            var one = new ConvCase
            {
                Geometry = attributes.Geometry(shapes, weight), Weight = weight, Epilogue = attributes.Epilogue,
                Input = inputs[0].Layout, Output = outputs[0].Layout, Residual = step.Plan.Attributes.Flag("residual"),
            };
            string key = $"{one} {one.Geometry}";
            if (!cases.TryAdd(key, one)) one = cases[key];
            one.Count++;
        });
        session.SetInput<float>(0, new float[inputShape.Aggregate(1, (a, b) => a * b)], inputShape);
        session.Run();
        memory = session.MemoryBytes;
        foreach (Sessions.NetworkValue value in model.Network.Values)
            if (value.Compressed is { } weight)
                memory += (long)weight.Rows * weight.Columns * (weight.Format switch { TensorFormat.Dense => 8, var format when TransformTensor.Has(format) => 2, _ => 1 }) / 2;
        return [.. cases.Values];
    }

    /// <summary>Milliseconds of each form, round by round: [form][round]. Forms take turns; before each call as much memory is read as the
    /// rest of the network would (<paramref name="others"/> bytes), then the input is written, as the layer before would have.</summary>
    public double[][] Measure(IReadOnlyList<ConvForm> forms, Isa isa, long others, int rounds)
    {
        using Lanes.Forced forced = Lanes.Force(isa);
        using var memory = new NativeArena();
        long inputs = Floats(Input, Geometry.InputChannels, Geometry.InputHeight, Geometry.InputWidth);
        long outputs = Floats(Output, Geometry.OutputChannels, Geometry.OutputHeight, Geometry.OutputWidth);
        float* x = memory.AllocateFloats(inputs), source = memory.AllocateFloats(inputs), y = memory.AllocateFloats(outputs), bias = memory.AllocateFloats(Geometry.OutputChannels);
        float* residual = Residual ? y : null;
        IConvKernel[] kernels = [.. forms.Select(form => ConvKernels.Make(form, Geometry, Weight, Epilogue, Input, Output, isa))];
        byte* scratch = memory.Allocate(kernels.Max(k => k.ScratchBytes));
        var times = forms.Select(_ => new double[rounds]).ToArray();
        for (int round = -1; round < rounds; round++)
            for (int i = 0; i < kernels.Length; i++)
            {
                double ms = 0;
                OwnCore.Measure(() =>
                {
                    Sweep.Read(others);
                    Buffer.MemoryCopy(source, x, 4 * inputs, 4 * inputs);
                    double start = ThreadTime.Seconds;
                    kernels[i].Run(x, bias, residual, y, scratch);
                    ms = (ThreadTime.Seconds - start) * 1e3;
                });
                if (round >= 0) times[i][round] = ms;
            }
        return times;
    }

    /// <summary>Milliseconds of decoding the weight alone, round by round.</summary>
    public double[] MeasureDecode(Isa isa, long others, int rounds)
    {
        using Lanes.Forced forced = Lanes.Force(isa);
        using var memory = new NativeArena();
        float* panel = memory.AllocateFloats(16L * Weight.Columns), scratch = memory.AllocateFloats(16L * Weight.Columns);
        var times = new double[rounds];
        for (int round = -1; round < rounds; round++)
        {
            double ms = 0;
            OwnCore.Measure(() =>
            {
                Sweep.Read(others);
                double start = ThreadTime.Seconds;
                for (int first = 0; first < Weight.Rows; first += 16) Weight.DecodePanel16(first, 0, Weight.Inputs, panel, scratch);
                ms = (ThreadTime.Seconds - start) * 1e3;
            });
            if (round >= 0) times[round] = ms;
        }
        return times;
    }

    private long Floats(TensorLayout layout, int channels, int height, int width) =>
        (long)Geometry.Batch * (layout == TensorLayout.Blocked ? (channels + 15) / 16 * 16 : channels) * height * width;

    /// <summary>Memory that is read so that caches forget.</summary>
    private static class Sweep
    {
        private const long Most = 64 << 20;
        private static readonly NativeArena s_memory = new();
        private static readonly byte* s_bytes = s_memory.Allocate(Most);
        private static long s_at;

        public static int Read(long bytes)
        {
            int sum = 0;
            bytes = Math.Min(bytes, Most);
            // Goes on where the last sweep ended, so that small ones push caches too.
            for (long i = 0; i < bytes; i += 64) sum += s_bytes[(s_at + i) % Most];
            s_at = (s_at + bytes) % Most;
            return sum;
        }
    }
}
