using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>Single convolutions with weights that cost nothing to decode, against the multiply-add peak and ONNX Runtime.</summary>
internal static unsafe class LayerBench
{
    private sealed record Layer(int C, int O, int Kernel, int Stride, int Size, int Groups = 1)
    {
        public int Out => (Size + 2 * (Kernel / 2) - Kernel) / Stride + 1;
        public double Flops => 2.0 * O * Out * Out * (C / Groups) * Kernel * Kernel;
        public override string ToString() =>
            Groups > 1 ? $"{C} depthwise {Kernel}x{Kernel} s{Stride} @{Size}" : $"{C}->{O} {Kernel}x{Kernel} s{Stride} @{Size}";
    }

    private static readonly Layer[] Layers =
    [
        new(3, 64, 7, 2, 224), new(64, 64, 3, 1, 56), new(128, 128, 3, 1, 28), new(256, 256, 3, 1, 14), new(512, 512, 3, 1, 7),
        new(64, 128, 3, 2, 56), new(128, 256, 3, 2, 28), new(256, 512, 3, 2, 14), new(64, 128, 1, 2, 56), new(256, 512, 1, 2, 14),
        new(64, 256, 1, 1, 56), new(256, 64, 1, 1, 56), new(128, 512, 1, 1, 28), new(1024, 256, 1, 1, 14), new(512, 2048, 1, 1, 7),
        new(32, 16, 1, 1, 112), new(16, 96, 1, 1, 112), new(24, 144, 1, 1, 56), new(144, 24, 1, 1, 56), new(16, 16, 3, 1, 32), new(32, 32, 3, 1, 16),
        new(96, 96, 3, 2, 112, 96), new(144, 144, 3, 1, 56, 144), new(192, 192, 3, 1, 28, 192), new(576, 576, 3, 1, 14, 576), new(240, 240, 5, 1, 14, 240),
    ];

    public static int Run(BenchmarkOptions options)
    {
        double peak = PeakBench.Widest(options.Rounds);
        Console.WriteLine($"peak {peak:F1} GFLOP/s ({Lanes.Widest})");
        Console.WriteLine($"{"layer",-34}{"ours ms",9}{"GFLOP/s",9}{"of peak",9}{"256 bit",9}{"ORT ms",9}{"ratio",7}");
        foreach (Layer layer in Layers.Where(l => options.Wants(l.ToString())))
        {
            using var memory = new NativeArena();
            Action ours = Ours(layer, memory, Lanes.Widest), narrow = Ours(layer, memory, Isa.Vector256);
            var programs = new List<Action> { ours, narrow };
            using OrtOracle? ort = OrtOracle.IsAvailable ? new OrtOracle(Model(layer)) : null;
            HostTensor input = HostTensor.Of(new float[layer.C * layer.Size * layer.Size], 1, layer.C, layer.Size, layer.Size);
            if (ort is not null) programs.Add(ort.Prepare(("x", input)));
            double[] ms = Interleaved.Milliseconds(options.Rounds, wall: false, [.. programs]);
            Console.WriteLine($"{layer,-34}{ms[0],9:F3}{layer.Flops / ms[0] / 1e6,9:F1}{layer.Flops / ms[0] / 1e6 / peak,9:P0}{layer.Flops / ms[1] / 1e6,9:F1}"
                + (ort is null ? "" : $"{ms[2],9:F3}{ms[2] / ms[0],7:F2}"));
        }
        return 0;
    }

    private static Action Ours(Layer layer, NativeArena memory, Isa isa)
    {
        using Lanes.Forced forced = Lanes.Force(isa);
        var geometry = new ConvGeometry
        {
            Batch = 1, InputChannels = layer.C, InputHeight = layer.Size, InputWidth = layer.Size,
            OutputChannels = layer.O, OutputHeight = layer.Out, OutputWidth = layer.Out,
            KernelHeight = layer.Kernel, KernelWidth = layer.Kernel, StrideY = layer.Stride, StrideX = layer.Stride,
            DilationY = 1, DilationX = 1, Top = layer.Kernel / 2, Left = layer.Kernel / 2, Groups = layer.Groups,
        };
        var weight = new ZeroWeight([layer.O, layer.C / layer.Groups, layer.Kernel, layer.Kernel], layer.Groups);
        var relu = new Epilogue(Activation.Clip, 0f, float.PositiveInfinity);
        TensorLayout from = layer.C <= 4 ? TensorLayout.Plain : TensorLayout.Blocked;
        nint x = (nint)memory.AllocateFloats((layer.C + 15) / 16 * 16L * layer.Size * layer.Size);
        nint y = (nint)memory.AllocateFloats((layer.O + 15) / 16 * 16L * layer.Out * layer.Out), bias = (nint)memory.AllocateFloats(layer.O);
        IConvKernel kernel = ConvKernels.Choose(geometry, weight, relu, from, TensorLayout.Blocked, isa);
        nint scratch = (nint)memory.Allocate(kernel.ScratchBytes);
        return () => kernel.Run((float*)x, (float*)bias, null, (float*)y, (byte*)scratch);
    }

    private static byte[] Model(Layer layer)
    {
        var random = new Random(1);
        float[] Values(int count) => Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f).ToArray();
        int p = layer.Kernel / 2;
        return new OnnxBuilder(17).Input("x", ElementType.Float32, 1, layer.C, layer.Size, layer.Size)
            .Initializer("w", HostTensor.Of(Values(layer.O * layer.C / layer.Groups * layer.Kernel * layer.Kernel), layer.O, layer.C / layer.Groups, layer.Kernel, layer.Kernel))
            .Initializer("b", HostTensor.Of(Values(layer.O), layer.O))
            .Node("Conv", ["x", "w", "b"], ["c"], ("strides", new long[] { layer.Stride, layer.Stride }), ("pads", new long[] { p, p, p, p }), ("group", (long)layer.Groups))
            .Node("Relu", ["c"], ["y"]).Output("y").Build();
    }

    /// <summary>Zeros, as fast as memory can be read.</summary>
    private sealed class ZeroWeight(int[] shape, int groups) : WeightTensor("w", WeightRole.Conv, ElementType.Float32, shape, groups)
    {
        public override TensorFormat Format => TensorFormat.Dense;
        public override void DecodeRows(int first, int count, float* destination, long stride) => new Span<float>(destination, checked((int)(count * stride))).Clear();

        public override void DecodePanel16(int first, int firstInput, int inputs, float* panel, float* scratch) =>
            new Span<float>(panel, 16 * inputs * KernelHeight * KernelWidth).Clear();
    }
}
