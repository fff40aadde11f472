namespace Lr2vq.Kernels;

/// <summary>Where the tiles of a direct convolution read their input.</summary>
internal enum DirectSource
{
    /// <summary>Blocked input, read where it is.</summary>
    InPlace,
    /// <summary>A blocked window with zeros around.</summary>
    Window,
    /// <summary>The pixels that a pointwise convolution uses, side by side.</summary>
    Picked,
    /// <summary>A blocked window with a copy of each row for each kernel column, for strides above 2.</summary>
    Columns,
    /// <summary>A planar window: few channels, kernel columns innermost.</summary>
    Planar,
}
