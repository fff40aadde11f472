namespace Lr2vq.Codecs;

/// <summary>A low-rank weight as two factors, so that a convolution with it is done in two steps. Exact, up to rounding.</summary>
/// <remarks>Subvectors along the input channels: every group of m channels is projected to d numbers, and a narrower convolution with the same kernel
/// follows. Subvectors that hold the whole kernels of one or several channels (<see cref="Spatial"/>): d filters that all channels share are applied
/// first, and a pointwise convolution follows.</remarks>
internal sealed unsafe class ProjectedWeight(WeightTensor narrow, int m, int d, float* basis, bool spatial = false)
{
    /// <summary>The codewords, as a weight with d input channels for every group. Spatial: pointwise; channel (b·d + c)·16 + lane is number c of group
    /// 16·b + lane.</summary>
    public WeightTensor Narrow => narrow;
    public int M => m;
    public int D => d;

    /// <summary>[d, m]: number c of a group is Σₜ basis[c·m + t] · channel t (spatial: · what tap t mod taps of channel t div taps sees).</summary>
    public float* Basis => basis;

    /// <summary>True if a subvector goes along the taps of the kernel.</summary>
    public bool Spatial => spatial;
}
