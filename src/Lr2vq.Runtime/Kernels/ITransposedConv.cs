using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>A transposed convolution made for one set of shapes: immutable, called by one session at a time with scratch memory of its own.</summary>
internal unsafe interface ITransposedConv
{
    long ScratchBytes { get; }

    /// <param name="bias">Null, or one number for each output channel.</param>
    /// <param name="team">Null, or the threads that the kernel was made for.</param>
    void Run(float* x, float* bias, float* y, byte* scratch, ThreadTeam? team);

    /// <summary>The form that serves.</summary>
    static ITransposedConv Choose(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, TensorLayout input, TensorLayout output, Isa isa, int threads) =>
        SubpixelConv.Serves(geometry, input, output) ? new SubpixelConv(geometry, weight, epilogue, isa, threads) : new TransposedConv(geometry, weight, epilogue, input, output, isa);
}
