using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>Convolution with a low-rank weight in two steps: one of few output channels with the whole kernel and a pointwise one (rank r takes r/O + r/(I·Kh·Kw) of
/// the multiply-adds of the whole), or one along the height and one along the width.</summary>
internal sealed unsafe class FactoredConv : IConvKernel
{
    private readonly IConvKernel _first;
    private readonly DirectConv _second;
    private readonly long _betweenFloats;

    /// <param name="method">How the first convolution is computed.</param>
    public FactoredConv(ConvMethod method, in ConvGeometry geometry, FactoredWeight weight, Epilogue epilogue, TensorLayout output, Isa isa, int threads = 1)
    {
        (ConvGeometry first, ConvGeometry second) = Stages(geometry, weight);
        _first = ConvKernels.Make(new ConvForm(method), first, weight.First, default, TensorLayout.Blocked, TensorLayout.Blocked, isa, threads);
        _second = new DirectConv(second, weight.Second, epilogue, TensorLayout.Blocked, output, isa, threads);
        _betweenFloats = (long)first.Batch * ((weight.Rank + 15) / 16 * 16) * first.OutputHeight * first.OutputWidth;
        ScratchBytes = checked(4 * _betweenFloats + System.Math.Max(_first.ScratchBytes, _second.ScratchBytes));
    }

    public long ScratchBytes { get; }

    /// <summary>True if the first convolution can be computed so.</summary>
    public static bool Serves(ConvMethod method) => method is ConvMethod.Direct or ConvMethod.WinogradTwo or ConvMethod.WinogradFour;

    /// <summary>Both convolutions.</summary>
    public static (ConvGeometry First, ConvGeometry Second) Stages(in ConvGeometry g, FactoredWeight weight)
    {
        ConvGeometry first = g with { OutputChannels = weight.Rank };
        ConvGeometry second = g with { InputChannels = weight.Rank, InputHeight = g.OutputHeight, KernelHeight = 1, StrideY = 1, DilationY = 1, Top = 0 };
        return weight.Second.KernelWidth > 1
            ? (first with { OutputWidth = g.InputWidth, KernelWidth = 1, StrideX = 1, DilationX = 1, Left = 0 }, second)
            : (first, second with { InputWidth = g.OutputWidth, KernelWidth = 1, StrideX = 1, DilationX = 1, Left = 0 });
    }

    public void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team)
    {
        float* between = (float*)scratch;
        byte* rest = (byte*)(between + _betweenFloats);
        _first.Run(x, null, null, between, rest, team);
        _second.Run(between, bias, residual, y, rest, team);
    }
}
