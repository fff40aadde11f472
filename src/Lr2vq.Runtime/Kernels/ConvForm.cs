namespace Lr2vq.Kernels;

/// <summary>How a convolution is computed.</summary>
internal enum ConvMethod
{
    Depthwise,
    Direct,
    /// <summary><see cref="WinogradConv"/> with tiles of 2×2 outputs.</summary>
    WinogradTwo,
    /// <summary><see cref="WinogradConv"/> with tiles of 4×4 outputs.</summary>
    WinogradFour,
}

/// <summary>One way to compute a convolution.</summary>
/// <param name="Projected">A low-rank weight is kept in two factors (see <see cref="ProjectedConv"/> and
/// <see cref="SharedFilterConv"/>); <paramref name="Method"/> is how the
/// second one is applied.</param>
internal readonly record struct ConvForm(ConvMethod Method, bool Projected = false)
{
    public override string ToString() => Projected ? $"projected {Method}" : Method.ToString();
}
