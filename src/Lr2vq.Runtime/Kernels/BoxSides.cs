namespace Lr2vq.Kernels;

/// <summary>The sides of a box.</summary>
internal readonly record struct BoxSides(float Left, float Right, float Top, float Bottom)
{
    public float Area => (Right - Left) * (Bottom - Top);

    /// <summary>What has no area, or sides that are no numbers, overlaps with nothing.</summary>
    public bool CanOverlap => Right > Left && Bottom > Top && Area > 0;
}
