using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Data;

/// <summary>An array: one sample, or one for each step along its first axis. Bytes [N, height, width, channels] for an input that takes pictures
/// of floats are pictures.</summary>
internal sealed class ArraySource : SampleSource
{
    private readonly NpyFile? _whole;
    private readonly PlanPort _port;
    private readonly PictureReader? _pictures;
    private readonly ElementType _type;
    private readonly int[] _shape;
    private readonly long _start;

    /// <param name="file">A <c>.npy</c> file, read sample by sample, or the archive that <paramref name="whole"/> comes from.</param>
    /// <param name="whole">The array, where it is in memory already.</param>
    /// <param name="port">The input.</param>
    /// <param name="isAlone">Whether it is the only array of the input: it then holds all samples.</param>
    /// <param name="pictures">For arrays of pixels.</param>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="MisfitException">Shape or type do not suit the input.</exception>
    public ArraySource(string file, NpyFile? whole, PlanPort port, bool isAlone, PictureReader? pictures) : base(file)
    {
        (_whole, _port) = (whole, port);
        int[] shape;
        if (whole is not null) (_type, shape) = (whole.Type, whole.Shape);
        else
        {
            using FileStream stream = System.IO.File.OpenRead(file);
            NpyHeader header = NpyFile.ReadHeader(stream);
            (_type, shape, _start) = (header.Type, header.Shape, stream.Position);
        }
        if (_type == ElementType.UInt8 && port.Type != ElementType.UInt8 && pictures is not null && shape is [.., >= 1 and <= 4] && shape.Length is 3 or 4)
        {
            _pictures = pictures;
            Count = shape.Length == 4 ? shape[0] : 1;
            _shape = shape[^3..];
        }
        else
        {
            if (!ArrayTypes.CanConvert(_type, port.Type)) throw new MisfitException($"it holds {_type}, the input wants {port.Type}");
            (Count, _shape) = Divide(shape, port, isAlone) ?? throw new MisfitException(
                $"it has the shape [{string.Join(',', shape)}], the input wants [{string.Join(',', port.Shape)}], or that with the samples as an axis in front");
        }
        if (Count == 0 || _shape.Contains(0)) throw new MisfitException($"its shape [{string.Join(',', shape)}] has no elements");
    }

    public override int Count { get; }

    private int SampleBytes => checked(_shape.Aggregate(ElementTypes.ByteLength(_type), (product, extent) => checked(product * extent)));

    public override NpyFile Read(int index)
    {
        byte[] bytes;
        if (_whole is not null) bytes = _whole.Bytes.AsSpan(index * SampleBytes, SampleBytes).ToArray();
        else
        {
            using FileStream stream = System.IO.File.OpenRead(File);
            stream.Position = _start + (long)index * SampleBytes;
            bytes = NpyFile.ReadExactly(stream, SampleBytes);
        }
        return _pictures is null ? ArrayTypes.Convert(new NpyFile(_type, _shape, bytes), _port.Type)
            : _pictures.Convert(new PixelImage(_shape[1], _shape[0], _shape[2], bytes));
    }

    /// <summary>How many samples an array holds, and the shape of each; null if it suits no input of that shape.</summary>
    private static (int Count, int[] Shape)? Divide(int[] shape, PlanPort port, bool isAlone)
    {
        int rank = port.Shape.Count;
        if (shape.Length == rank + 1 && Fits(shape.AsSpan(1), port.Shape)) return (shape[0], shape[1..]);
        if (rank == 0 || shape.Length < rank - 1) return shape.Length == rank ? (1, shape) : null;
        Dimension batch = port.Shape[0];
        bool isOne = !batch.IsConstant || batch.Value == 1;
        if (shape.Length == rank - 1 && rank > 1 && isOne && Fits(shape, [.. port.Shape.Skip(1)])) return (1, [1, .. shape]);
        if (shape.Length != rank) return null;
        // A sequence of any length is one sample; the first of several axes is the batch.
        bool isBatch = rank > 1 && (batch.IsConstant ? shape[0] > batch.Value && batch.Value > 0 && shape[0] % batch.Value == 0 : isAlone && isOne);
        if (isBatch)
        {
            int each = batch.IsConstant ? (int)batch.Value : 1;
            int[] one = [each, .. shape[1..]];
            return Fits(one, port.Shape) ? (shape[0] / each, one) : null;
        }
        return Fits(shape, port.Shape) ? (1, shape) : null;
    }

    private static bool Fits(ReadOnlySpan<int> shape, IReadOnlyList<Dimension> wanted)
    {
        if (shape.Length != wanted.Count) return false;
        for (int i = 0; i < shape.Length; i++)
            if (wanted[i].IsConstant && wanted[i].Value != shape[i]) return false;
        return true;
    }
}

/// <summary>An array whose shape or type does not suit its input.</summary>
internal sealed class MisfitException(string message) : Exception(message);
