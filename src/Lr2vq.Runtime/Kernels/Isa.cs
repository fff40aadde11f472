namespace Lr2vq.Kernels;

/// <summary>A family of kernels.</summary>
internal enum Isa
{
    Scalar = 1,
    Vector128 = 4,
    Vector256 = 8,
    Vector512 = 16,
}
