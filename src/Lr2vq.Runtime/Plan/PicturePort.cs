namespace Lr2vq.Plans;

/// <summary>Where the channels of a picture are in an input.</summary>
internal enum PictureLayout
{
    /// <summary>Planes: [N, channels, height, width].</summary>
    Nchw,
    /// <summary>Pixels: [N, height, width, channels].</summary>
    Nhwc,
}

/// <summary>An input that takes one picture: of rank 4 with a batch that is 1 or a symbol, or of rank 3 without a batch.</summary>
/// <param name="Layout">Where the channels are.</param>
/// <param name="Channels">1 or 3.</param>
/// <param name="First">Axes in front of the picture's: 0 or 1.</param>
internal sealed record PicturePort(PictureLayout Layout, int Channels, int First)
{
    public int ChannelAxis => First + (Layout == PictureLayout.Nchw ? 0 : 2);

    public int HeightAxis => First + (Layout == PictureLayout.Nchw ? 1 : 0);

    public int WidthAxis => HeightAxis + 1;

    /// <summary>How an input takes pictures; null if it takes none.</summary>
    /// <param name="port">The input.</param>
    /// <param name="layout">What the user says; null where the axis of 1 or 3 channels tells it.</param>
    public static PicturePort? Of(PlanPort port, PictureLayout? layout = null)
    {
        if (port.Type is not (ElementType.Float32 or ElementType.Float16 or ElementType.UInt8)) return null;
        int rank = port.Shape.Count, first = rank - 3;
        if (rank is not (3 or 4) || rank == 4 && port.Shape[0].IsConstant && port.Shape[0].Value != 1) return null;
        for (PictureLayout candidate = PictureLayout.Nchw; candidate <= PictureLayout.Nhwc; candidate++)
        {
            if (layout is { } said && said != candidate) continue;
            Dimension channels = port.Shape[first + (candidate == PictureLayout.Nchw ? 0 : 2)];
            // An open number of channels is that of colours, where the user says which axis it is.
            if (!channels.IsConstant && layout is not null) return new PicturePort(candidate, 3, first);
            // Three axes of which one is 1 may be anything else, such as sound.
            if (channels.IsConstant && (channels.Value == 3 || channels.Value == 1 && (rank == 4 || layout is not null)))
                return new PicturePort(candidate, (int)channels.Value, first);
        }
        return null;
    }
}
