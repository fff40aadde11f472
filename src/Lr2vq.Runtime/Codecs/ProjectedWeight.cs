namespace Lr2vq.Codecs;

/// <summary>A low-rank weight as two factors: a convolution with it is a projection of each group of m input channels to d numbers, and
/// a convolution of those with a narrower weight. Exact, up to rounding.</summary>
internal sealed unsafe class ProjectedWeight(WeightTensor narrow, int m, int d, float* basis)
{
    /// <summary>The codewords, as a weight with d input channels for every m.</summary>
    public WeightTensor Narrow => narrow;
    public int M => m;
    public int D => d;

    /// <summary>[d, m]: number c of a group is Σₜ basis[c·m + t] · channel t.</summary>
    public float* Basis => basis;
}
