using System;
using System.Runtime.InteropServices;
using Lr2vq.Plans;

namespace Lr2vq.Pictures;

/// <summary>Turns pictures into the values of one input. Used by one thread at a time; allocates nothing for pictures of the same size.</summary>
internal sealed class PictureConverter
{
    private readonly PreProcessing _how;
    private readonly PlanPort _port;
    private readonly PicturePort _picture;
    private readonly PictureScaler _scaler = new();
    private readonly float[] _values;
    private readonly Half[] _halves;
    private byte[] _pixels = [];

    /// <param name="how">The pre-processing.</param>
    /// <param name="port">The input.</param>
    /// <exception cref="ArgumentException">The input takes no pictures, or not with this pre-processing.</exception>
    public PictureConverter(PreProcessing how, PlanPort port)
    {
        (_how, _port) = (how, port);
        _picture = PicturePort.Of(port, how.Layout) ?? throw new ArgumentException($"the input '{port.Name}' [{string.Join(',', port.Shape)}] of {port.Type} takes no picture");
        if (port.Type == ElementType.UInt8 && how is not { Mean: null, Std: null, Range: null })
            throw new ArgumentException($"the input '{port.Name}' takes bytes as they are: Mean, Std and Range have no place there");
        _values = new float[256 * _picture.Channels];
        for (int c = 0; c < _picture.Channels; c++) how.Fill(c, _picture.Channels, _values.AsSpan(256 * c, 256));
        _halves = port.Type == ElementType.Float16 ? Array.ConvertAll(_values, value => (Half)value) : [];
    }

    /// <summary>The part of a picture that goes in.</summary>
    /// <param name="width">Width of the picture.</param>
    /// <param name="height">Its height.</param>
    /// <param name="toWidth">Width where the input takes any; null for the picture's own.</param>
    /// <param name="toHeight">Its height.</param>
    public PictureFrame Frame(int width, int height, int? toWidth = null, int? toHeight = null) =>
        PictureFrame.Of(_how, width, height, Extent(_picture.WidthAxis) ?? toWidth, Extent(_picture.HeightAxis) ?? toHeight);

    /// <summary>The shape of the input for that part.</summary>
    public void Shape(in PictureFrame frame, Span<int> shape)
    {
        shape.Fill(1);
        shape[_picture.ChannelAxis] = _picture.Channels;
        shape[_picture.HeightAxis] = frame.Height;
        shape[_picture.WidthAxis] = frame.Width;
    }

    /// <summary>Bytes of the input for that part.</summary>
    /// <exception cref="ArgumentException">They are too many.</exception>
    public int Length(in PictureFrame frame)
    {
        double length = (double)frame.Width * frame.Height * _picture.Channels * ElementTypes.ByteLength(_port.Type);
        return length <= Array.MaxLength ? (int)length : throw new ArgumentException($"the input '{_port.Name}' would have {frame.Width} x {frame.Height} pixels, which is too much");
    }

    /// <param name="pixels">Rows from the top, channels together.</param>
    /// <param name="width">Width of the picture.</param>
    /// <param name="height">Its height.</param>
    /// <param name="channels">1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA).</param>
    /// <param name="frame">The part that goes in.</param>
    /// <param name="values">Receives the values of the input.</param>
    public void Convert(ReadOnlySpan<byte> pixels, int width, int height, int channels, in PictureFrame frame, Span<byte> values)
    {
        int count = frame.Width * frame.Height, length = count * _picture.Channels;
        if (_pixels.Length < length) _pixels = new byte[length];
        Span<byte> scaled = _pixels.AsSpan(0, length);
        _scaler.Scale(pixels, width, height, channels, frame, _picture.Channels, scaled);
        for (int c = 0; c < _picture.Channels; c++)
        {
            int from = _how.IsBgr == true ? _picture.Channels - 1 - c : c;
            (int start, int step) = _picture.Layout == PictureLayout.Nchw ? (c * count, 1) : (c, _picture.Channels);
            if (_port.Type == ElementType.Float32) Place(scaled, from, _values.AsSpan(256 * c, 256), MemoryMarshal.Cast<byte, float>(values), start, step);
            else if (_port.Type == ElementType.Float16) Place(scaled, from, _halves.AsSpan(256 * c, 256), MemoryMarshal.Cast<byte, Half>(values), start, step);
            else Place(scaled, from, s_bytes, values, start, step);
        }
    }

    private static readonly byte[] s_bytes = MakeBytes();

    private void Place<T>(ReadOnlySpan<byte> pixels, int from, ReadOnlySpan<T> of, Span<T> values, int start, int step)
    {
        for (int i = from, at = start; i < pixels.Length; i += _picture.Channels, at += step) values[at] = of[pixels[i]];
    }

    private int? Extent(int axis) => _port.Shape[axis].IsConstant ? checked((int)_port.Shape[axis].Value) : null;

    private static byte[] MakeBytes()
    {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)i;
        return bytes;
    }
}
