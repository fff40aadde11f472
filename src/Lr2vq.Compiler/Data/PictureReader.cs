using System;
using System.IO;
using Lr2vq.Pictures;
using Lr2vq.Plans;

namespace Lr2vq.Data;

/// <summary>Reads pictures as values of one input, by the converter that apps use.</summary>
internal sealed class PictureReader(PreProcessing how, PlanPort port)
{
    private PictureConverter? _converter;

    /// <param name="file">A PNG, JPEG or BMP picture.</param>
    /// <param name="height">Height where the input takes any; null for the picture's own.</param>
    /// <param name="width">Width.</param>
    /// <exception cref="InvalidDataException">The picture is damaged, or the input takes none, or none of this size.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public NpyFile Read(string file, int? height = null, int? width = null) => Convert(PictureFile.Read(file), height, width);

    /// <inheritdoc cref="Read"/>
    public NpyFile Convert(PixelImage image, int? height = null, int? width = null)
    {
        try
        {
            _converter ??= new PictureConverter(how, port);
            PictureFrame frame = _converter.Frame(image.Width, image.Height, width, height);
            int[] shape = new int[port.Shape.Count];
            _converter.Shape(frame, shape);
            byte[] values = new byte[_converter.Length(frame)];
            _converter.Convert(image.Pixels, image.Width, image.Height, image.Channels, frame, values);
            return new NpyFile(port.Type, shape, values);
        }
        catch (ArgumentException problem)
        {
            throw new InvalidDataException(problem.Message, problem);
        }
    }
}
