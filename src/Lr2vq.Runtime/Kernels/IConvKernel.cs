namespace Lr2vq.Kernels;

/// <summary>A convolution made for one set of shapes: immutable, called by one session at a time with scratch memory of its own.</summary>
internal unsafe interface IConvKernel
{
    long ScratchBytes { get; }

    /// <param name="bias">Null, or one number for each output channel.</param>
    /// <param name="team">Null, or the threads that the kernel was made for.</param>
    /// <param name="residual">Null, or a tensor of the output's shape and layout, added before the activation; may be y.</param>
    void Run(float* x, float* bias, float* residual, float* y, byte* scratch, ThreadTeam? team = null);
}
