using System;

namespace Lr2vq.Pictures;

/// <summary>The part of a scaled picture that an input gets.</summary>
/// <param name="FullWidth">Width of the whole picture, scaled.</param>
/// <param name="FullHeight">Its height.</param>
/// <param name="Left">First column of the part.</param>
/// <param name="Top">First row.</param>
/// <param name="Width">Columns of the part.</param>
/// <param name="Height">Rows.</param>
internal readonly record struct PictureFrame(int FullWidth, int FullHeight, int Left, int Top, int Width, int Height)
{
    private const int MaxSide = 1 << 20;

    /// <param name="how">Fit and resize.</param>
    /// <param name="width">Width of the picture.</param>
    /// <param name="height">Its height.</param>
    /// <param name="toWidth">Width that the input wants; null where it takes any.</param>
    /// <param name="toHeight">Its height.</param>
    /// <exception cref="ArgumentException">The picture cannot be brought to that size.</exception>
    public static PictureFrame Of(PreProcessing how, int width, int height, int? toWidth, int? toHeight)
    {
        PictureFit fit = how.Fit ?? (how.Resize is null ? PictureFit.Stretch : PictureFit.Crop);
        if (fit == PictureFit.Exact && (toWidth ?? width, toHeight ?? height) != (width, height))
            throw new ArgumentException($"it has {width} x {height} pixels, the input wants {toWidth ?? width} x {toHeight ?? height}");
        if (fit != PictureFit.Crop) return new(toWidth ?? width, toHeight ?? height, 0, 0, toWidth ?? width, toHeight ?? height);
        (double scaledWidth, double scaledHeight) = Scaled(how.Resize, width, height, toWidth, toHeight);
        if (Math.Max(scaledWidth, scaledHeight) > MaxSide) throw new ArgumentException($"it has {width} x {height} pixels, which is too long for its width");
        int fullWidth = Math.Max(1, (int)scaledWidth), fullHeight = Math.Max(1, (int)scaledHeight);
        int partWidth = toWidth ?? fullWidth, partHeight = toHeight ?? fullHeight;
        if (how.Resize is null) (fullWidth, fullHeight) = (Math.Max(fullWidth, partWidth), Math.Max(fullHeight, partHeight));
        if (partWidth > fullWidth || partHeight > fullHeight)
            throw new ArgumentException($"resized to {fullWidth} x {fullHeight} it is smaller than the input, {partWidth} x {partHeight}; give a larger Resize");
        return new(fullWidth, fullHeight, Half(fullWidth - partWidth), Half(fullHeight - partHeight), partWidth, partHeight);
    }

    /// <summary>Width and height in proportion. As torchvision has it, the longer side is cut to a whole number where the shorter one is given.</summary>
    private static (double Width, double Height) Scaled(int? resize, int width, int height, int? toWidth, int? toHeight)
    {
        int shorter = Math.Min(width, height);
        if (resize is { } side) return (Math.Floor((double)side * width / shorter), Math.Floor((double)side * height / shorter));
        double scale = toWidth is null && toHeight is null ? 1 : Math.Max((double)(toWidth ?? 0) / width, (double)(toHeight ?? 0) / height);
        return (Math.Round(width * scale), Math.Round(height * scale));
    }

    private static int Half(int length) => (int)Math.Round(length / 2.0, MidpointRounding.ToEven);
}
