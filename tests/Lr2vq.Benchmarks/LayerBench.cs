using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>Single convolutions with weights that cost nothing to decode: the form that is chosen against ONNX Runtime, the direct (or
/// depthwise) form in each width against the multiply-add peak of that width.</summary>
internal static unsafe class LayerBench
{
    private sealed record Layer(int C, int O, int Kernel, int Stride, int Size, int Groups = 1)
    {
        public int Out => (Size + 2 * (Kernel / 2) - Kernel) / Stride + 1;
        public double Flops => 2.0 * O * Out * Out * (C / Groups) * Kernel * Kernel;
        public TensorLayout From => C <= 4 ? TensorLayout.Plain : TensorLayout.Blocked;
        public WeightTensor Weight => new ZeroWeight([O, C / Groups, Kernel, Kernel], Groups);
        public ConvGeometry Geometry => new()
        {
            Batch = 1, InputChannels = C, InputHeight = Size, InputWidth = Size, OutputChannels = O, OutputHeight = Out, OutputWidth = Out,
            KernelHeight = Kernel, KernelWidth = Kernel, StrideY = Stride, StrideX = Stride,
            DilationY = 1, DilationX = 1, Top = Kernel / 2, Left = Kernel / 2, Groups = Groups,
        };
        public override string ToString() =>
            Groups > 1 ? $"{C} depthwise {Kernel}x{Kernel} s{Stride} @{Size}" : $"{C}->{O} {Kernel}x{Kernel} s{Stride} @{Size}";
    }

    /// <summary>A row of the table. Fractions are of the multiply-add peak of that width, timed beside it; 0 where there is none.</summary>
    private sealed record Row(string Layer, string Form, double OursMs, double OrtMs, double Ratio, double Direct512Ms, double Direct512OfPeak, double Direct256Ms, double Direct256OfPeak);

    private static readonly Layer[] Layers =
    [
        new(3, 64, 7, 2, 224), new(64, 64, 3, 1, 56), new(128, 128, 3, 1, 28), new(256, 256, 3, 1, 14), new(512, 512, 3, 1, 7),
        new(64, 128, 3, 2, 56), new(128, 256, 3, 2, 28), new(256, 512, 3, 2, 14),
        new(64, 128, 1, 2, 56), new(128, 256, 1, 2, 28), new(256, 512, 1, 2, 14), new(256, 512, 1, 2, 56), new(1024, 2048, 1, 2, 14),
        new(64, 64, 1, 1, 56), new(64, 256, 1, 1, 56), new(256, 64, 1, 1, 56), new(128, 512, 1, 1, 28), new(512, 128, 1, 1, 28),
        new(256, 1024, 1, 1, 14), new(1024, 256, 1, 1, 14), new(512, 2048, 1, 1, 7), new(2048, 512, 1, 1, 7),
        new(128, 128, 3, 2, 56), new(256, 256, 3, 2, 28), new(512, 512, 3, 2, 14), new(512, 1024, 1, 2, 28),
        new(256, 128, 1, 1, 56), new(512, 256, 1, 1, 28), new(1024, 512, 1, 1, 14),
        new(32, 16, 1, 1, 112), new(16, 96, 1, 1, 112), new(24, 144, 1, 1, 56), new(144, 24, 1, 1, 56), new(64, 384, 1, 1, 14), new(96, 576, 1, 1, 14), new(576, 96, 1, 1, 14), new(160, 960, 1, 1, 7), new(3, 32, 3, 2, 224),
        new(16, 16, 3, 1, 32), new(32, 32, 3, 1, 16),
        .. Depthwise(3, 1, (32, 112), (144, 56), (192, 28), (384, 14), (576, 14), (512, 14), (960, 7), (1024, 7)),
        .. Depthwise(3, 2, (64, 112), (96, 112), (128, 56), (144, 56), (192, 28), (256, 28), (576, 14), (512, 14)),
        .. Depthwise(5, 1, (72, 56), (120, 28), (240, 14), (480, 14), (960, 7)), .. Depthwise(5, 2, (72, 56), (240, 28), (672, 14)),
    ];

    private static IEnumerable<Layer> Depthwise(int kernel, int stride, params (int Channels, int Size)[] layers) =>
        layers.Select(l => new Layer(l.Channels, l.Channels, kernel, stride, l.Size, l.Channels));

    public static int Run(BenchmarkOptions options)
    {
        var rows = new List<Row>();
        Console.WriteLine($"{"layer",-28}{"form",-14}{"ours ms",9}{"ORT ms",9}{"ratio",7}   {"512-bit direct ms, GFLOP/s, of peak",-28}   256-bit direct");
        foreach (Layer layer in Layers.Where(l => options.Wants(l.ToString())))
        {
            Row row = Measure(layer, options.Rounds);
            rows.Add(row);
            string Direct(double ms, double part) => ms == 0 ? "" : $"{ms,9:F3}{layer.Flops / ms / 1e6,8:F1}{part,7:P0}";
            Console.WriteLine($"{layer,-28}{row.Form,-14}{row.OursMs,9:F3}{row.OrtMs,9:F3}{row.Ratio,7:F2}   {Direct(row.Direct512Ms, row.Direct512OfPeak),-34}   {Direct(row.Direct256Ms, row.Direct256OfPeak)}");
        }
        options.WriteJson(rows);
        return 0;
    }

    private static Row Measure(Layer layer, int rounds)
    {
        using var memory = new NativeArena();
        ConvForm form = ConvKernels.Best(layer.Geometry, layer.Weight, layer.From, TensorLayout.Blocked, Lanes.Widest);
        ConvForm plain = layer.Groups > 1 ? form : new ConvForm(ConvMethod.Direct);
        using OrtOracle ort = new(Model(layer));
        var programs = new List<Action>();
        int At(Action program)
        {
            programs.Add(program);
            return programs.Count - 1;
        }
        int ours = At(Ours(layer, form, memory, Lanes.Widest));
        int theirs = At(ort.Prepare(("x", HostTensor.Of(new float[layer.C * layer.Size * layer.Size], 1, layer.C, layer.Size, layer.Size))));
        (Isa Isa, int Direct, int Peak)[] widths = [.. new[] { Isa.Vector512, Isa.Vector256 }.Where(isa => isa <= Lanes.Widest)
            .Select(isa => (isa, At(Ours(layer, plain, memory, isa)), At(PeakBench.Program(isa))))];
        Interleaved.Settle([.. programs]);
        double[][] samples = Interleaved.Samples(rounds, wall: false, [.. programs]);
        (double Ms, double OfPeak) Direct(Isa isa)
        {
            foreach ((Isa width, int direct, int peak) in widths)
                if (width == isa)
                    return (Interleaved.Median(samples[direct]), Interleaved.Median(
                        [.. samples[direct].Zip(samples[peak], (d, p) => layer.Flops / d / 1e6 / PeakBench.GigaFlops(isa, p))]));
            return default;
        }
        double ms = Interleaved.Median(samples[ours]), other = theirs < 0 ? 0 : Interleaved.Median(samples[theirs]);
        (double Ms, double OfPeak) wide = Direct(Isa.Vector512), narrow = Direct(Isa.Vector256);
        return new Row(layer.ToString(), form.ToString(), ms, other, other / ms, wide.Ms, wide.OfPeak, narrow.Ms, narrow.OfPeak);
    }

    private static Action Ours(Layer layer, ConvForm form, NativeArena memory, Isa isa)
    {
        using Lanes.Forced forced = Lanes.Force(isa);
        var relu = new Epilogue(Activation.Clip, 0f, float.PositiveInfinity);
        nint x = (nint)memory.AllocateFloats((layer.C + 15) / 16 * 16L * layer.Size * layer.Size);
        nint y = (nint)memory.AllocateFloats((layer.O + 15) / 16 * 16L * layer.Out * layer.Out), bias = (nint)memory.AllocateFloats(layer.O);
        IConvKernel kernel = ConvKernels.Make(form, layer.Geometry, layer.Weight, relu, layer.From, TensorLayout.Blocked, isa);
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

    /// <summary>Zeros that are in the panel already, because scratch memory begins with zeros.</summary>
    private sealed class ZeroWeight(int[] shape, int groups) : WeightTensor("w", WeightRole.Conv, ElementType.Float32, shape, groups)
    {
        public override TensorFormat Format => TensorFormat.Dense;
        public override void DecodeRows(int first, int count, float* destination, long stride) { }
        public override void DecodePanel16(int first, int firstInput, int inputs, float* panel, float* scratch) { }
    }
}
