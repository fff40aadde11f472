using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>A convolution over three axes made for one set of shapes: called by one session at a time with scratch memory of its own. Volumes are plain.</summary>
internal unsafe interface IVolumeConv
{
    long ScratchBytes { get; }

    /// <param name="bias">Null, or one number for each output channel.</param>
    /// <param name="team">Null, or the threads that the kernel was made for.</param>
    void Run(float* x, float* bias, float* y, byte* scratch, ThreadTeam? team);

    /// <summary>The form of a convolution that is not transposed.</summary>
    /// <param name="planes">The convolution of planes; images and channels of the volumes.</param>
    static IVolumeConv Choose(in ConvGeometry planes, DepthWindow depth, WeightTensor weight, Epilogue epilogue, Isa isa, int threads) =>
        depth.Taps <= DepthwiseVolumeConv.MostTaps && DepthwiseConv.Serves(planes, TensorLayout.Blocked, TensorLayout.Blocked)
            ? new DepthwiseVolumeConv(planes, depth, weight, epilogue, isa, threads) : new VolumeConv(planes, depth, weight, epilogue, isa, threads);
}
