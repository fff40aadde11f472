using System;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>Where the output transform of one tile reads and writes. Strides are in floats.</summary>
internal unsafe struct WinogradOutput
{
    /// <summary>Products, a vector of 16 output channels for each point, <see cref="PointStride"/> apart.</summary>
    public float* Products;
    public long PointStride;
    public float* Y;
    /// <summary>Null, or what is added before the activation, with the strides of Y; may be Y.</summary>
    public float* Residual;
    public float* Bias;
    public long Row;
    public TileActivation Activation;
    /// <summary>Bounds of <see cref="TileActivation.Clamp"/>; what <see cref="TileActivation.HardSwish"/> adds.</summary>
    public float Low;
    public float High;
}

/// <summary>The three transforms of one Winograd algorithm, for 16 channels in vectors of one width.</summary>
/// <remarks><c>Input(x, row, v, point)</c>: a patch of side × side pixels, rows <c>row</c> floats apart, to side² vectors <c>point</c> floats
/// apart. <c>Weights(panel, inputs, u, point)</c>: a decoded panel (see <see cref="Codecs.WeightTensor.DecodePanel16"/>) to a vector for each
/// point and input channel: u[p·point + i·16].</remarks>
internal readonly unsafe struct WinogradKernels
{
    /// <summary>Output pixels on one side of a tile.</summary>
    public readonly int Outputs;
    public readonly delegate*<float*, long, float*, long, void> Input;
    public readonly delegate*<float*, int, float*, long, void> Weights;
    public readonly delegate*<WinogradOutput*, void> Output;
    /// <summary>Calls all three; see <see cref="EarlyCompilation"/>.</summary>
    public readonly delegate*<float*, void> Compile;

    private WinogradKernels(int outputs, delegate*<float*, long, float*, long, void> input, delegate*<float*, int, float*, long, void> weights,
        delegate*<WinogradOutput*, void> output, delegate*<float*, void> compile)
    {
        Outputs = outputs;
        Input = input;
        Weights = weights;
        Output = output;
        Compile = compile;
    }

    /// <summary>Input pixels, and points, on one side of a tile.</summary>
    public int Side => Outputs + 2;

    public static WinogradKernels Find(int outputs, Isa isa)
    {
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) return Of<Lanes512, Vector512<float>>(outputs);
        if (Vector256.IsHardwareAccelerated && isa == Isa.Vector256) return Of<Lanes256, Vector256<float>>(outputs);
        if (Vector128.IsHardwareAccelerated && isa == Isa.Vector128) return Of<Lanes128, Vector128<float>>(outputs);
        return Of<Lanes1, float>(outputs);
    }

    private static WinogradKernels Of<L, V>(int outputs) where L : struct, ILanes<V> where V : struct => outputs switch
    {
        2 => new(2, &WinogradTwo.Input<L, V>, &WinogradWeights.Transform<L, V, WinogradTwo.Kernel>, &WinogradTwo.Output<L, V>, &CompileTwo<L, V>),
        4 => new(4, &WinogradFour.Input<L, V>, &WinogradWeights.Transform<L, V, WinogradFour.Kernel>, &WinogradFour.Output<L, V>, &CompileFour<L, V>),
        _ => throw new ArgumentOutOfRangeException(nameof(outputs)),
    };

    private static void CompileTwo<L, V>(float* zeros) where L : struct, ILanes<V> where V : struct
    {
        WinogradWeights.Transform<L, V, WinogradTwo.Kernel>(zeros, 1, zeros, 0);
        WinogradTwo.Input<L, V>(zeros, 0, zeros, 0);
        WinogradOutput output = OutputOf(zeros);
        WinogradTwo.Output<L, V>(&output);
    }

    private static void CompileFour<L, V>(float* zeros) where L : struct, ILanes<V> where V : struct
    {
        WinogradWeights.Transform<L, V, WinogradFour.Kernel>(zeros, 1, zeros, 0);
        WinogradFour.Input<L, V>(zeros, 0, zeros, 0);
        WinogradOutput output = OutputOf(zeros);
        WinogradFour.Output<L, V>(&output);
    }

    private static WinogradOutput OutputOf(float* zeros) => new() { Products = zeros, Y = zeros, Bias = zeros };
}
