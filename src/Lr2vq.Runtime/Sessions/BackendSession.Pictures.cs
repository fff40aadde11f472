using System;
using Lr2vq.Pictures;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq;

/// <content>Pictures as inputs.</content>
public abstract unsafe partial class BackendSession
{
    private const int MaxRank = 4;

    private PictureConverter?[]? _pictures;

    /// <summary>Sets an input from a picture, by the pre-processing that was declared when the model was compressed: scaled or cut to the size of the
    /// input, bilinear with antialiasing, then normalized. Allocates nothing for pictures of the same size as before.</summary>
    /// <param name="index">Index of an input with 1 or 3 channels.</param>
    /// <param name="pixels">Rows from the top without gaps; a pixel has 1 byte (grey), 2 (grey, alpha), 3 (red, green, blue) or 4 (red, green,
    /// blue, alpha), which follows from the length.</param>
    /// <param name="width">Width of the picture in pixels.</param>
    /// <param name="height">Its height.</param>
    /// <exception cref="ArgumentException">The length is not that of such a picture, the input takes none, or none of this size.</exception>
    /// <exception cref="InvalidOperationException">The model was compressed without pre-processing: neither Mean nor Std, Range, Fit, Resize, Channels or Layout.</exception>
    /// <exception cref="InvalidArtifactException">The pre-processing is of a newer version.</exception>
    public void SetPicture(int index, ReadOnlySpan<byte> pixels, int width, int height)
    {
        Enter();
        try
        {
            PlanPort port = PortTypes.Port(Owner.Plan.Inputs, index);
            int channels = PortTypes.Channels(pixels.Length, width, height);
            PictureConverter converter = Converter(index, port);
            PictureFrame frame;
            try
            {
                frame = converter.Frame(width, height);
            }
            catch (ArgumentException problem)
            {
                throw new ArgumentException($"The picture does not fit the input '{port.Name}': {problem.Message}", problem);
            }
            Span<int> shape = stackalloc int[MaxRank];
            shape = shape[..port.Shape.Count];
            converter.Shape(frame, shape);
            converter.Convert(pixels, width, height, channels, frame, Room(index, converter.Length(frame), shape));
        }
        finally
        {
            Leave();
        }
    }

    private PictureConverter Converter(int index, PlanPort port)
    {
        _pictures ??= new PictureConverter?[Owner.Plan.Inputs.Count];
        return _pictures[index] ??= new PictureConverter(Owner.ReadPreProcessing() ?? throw new InvalidOperationException(
            "The artifact says nothing of pictures: compress the model with Mean, Std, Range, Fit, Resize, Channels or Layout"), port);
    }
}
