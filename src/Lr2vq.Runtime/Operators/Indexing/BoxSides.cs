using System;

namespace Lr2vq.Operators;

/// <summary>The sides of a box.</summary>
internal readonly record struct BoxSides(float Left, float Right, float Top, float Bottom)
{
    private float Area => (Right - Left) * (Bottom - Top);

    /// <summary>True if what two boxes share is more than a part of what they cover together. What has no area overlaps with nothing.</summary>
    public bool OverlapsMore(in BoxSides other, float part)
    {
        float left = Math.Max(Left, other.Left), right = Math.Min(Right, other.Right), top = Math.Max(Top, other.Top), bottom = Math.Min(Bottom, other.Bottom);
        if (!(right > left && bottom > top)) return false;
        float shared = (right - left) * (bottom - top), own = Area, others = other.Area, together = own + others - shared;
        return shared > 0 && own > 0 && others > 0 && together > 0 && shared / together > part;
    }
}
