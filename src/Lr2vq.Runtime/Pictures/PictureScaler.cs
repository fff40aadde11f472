using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lr2vq.Pictures;

/// <summary>Scales pictures: bilinear, with the filter as wide as the pixels that become one, so that a picture made smaller does not flicker
/// (as Pillow and torchvision with antialiasing do). Allocates only when a picture is larger than those before.</summary>
/// <remarks>A row of the result is a weighted sum of rows, which vectors do well, then of columns. Sums are taken in one order at any vector
/// width, so the result is the same everywhere.</remarks>
internal sealed class PictureScaler
{
    private readonly Taps _columns = new(), _rows = new();
    private float[] _sums = [];
    private byte[] _row = [];

    /// <param name="pixels">Rows from the top, channels of a pixel together.</param>
    /// <param name="width">Width of the picture.</param>
    /// <param name="height">Its height.</param>
    /// <param name="channels">1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA).</param>
    /// <param name="frame">The part that is wanted.</param>
    /// <param name="toChannels">1 or 3.</param>
    /// <param name="to">Receives that part in the same order.</param>
    public void Scale(ReadOnlySpan<byte> pixels, int width, int height, int channels, in PictureFrame frame, int toChannels, Span<byte> to)
    {
        int stride = frame.Width * toChannels;
        bool isScaled = (frame.FullWidth, frame.FullHeight) != (width, height);
        if (!isScaled)
        {
            for (int y = 0; y < frame.Height; y++)
                PictureChannels.Convert(pixels.Slice(((frame.Top + y) * width + frame.Left) * channels, frame.Width * channels), channels, to.Slice(y * stride, stride), toChannels);
            return;
        }
        _columns.Set(width, frame.FullWidth, frame.Left, frame.Width);
        _rows.Set(height, frame.FullHeight, frame.Top, frame.Height);
        int first = _columns.First(0), end = first, length;
        for (int x = 0; x < frame.Width; x++) end = Math.Max(end, _columns.First(x) + _columns.Weights(x).Length);
        length = (end - first) * toChannels;
        if (_sums.Length < length) (_sums, _row) = (new float[length], new byte[length]);
        Span<float> sums = _sums.AsSpan(0, length);
        for (int y = 0; y < frame.Height; y++)
        {
            sums.Clear();
            ReadOnlySpan<float> weights = _rows.Weights(y);
            for (int i = 0; i < weights.Length; i++)
            {
                ReadOnlySpan<byte> row = pixels.Slice(((_rows.First(y) + i) * width + first) * channels, (end - first) * channels);
                if (channels != toChannels)
                {
                    PictureChannels.Convert(row, channels, _row.AsSpan(0, length), toChannels);
                    row = _row.AsSpan(0, length);
                }
                Add(row, weights[i], sums);
            }
            Narrow(sums, first, toChannels, to.Slice(y * stride, stride));
        }
    }

    /// <summary>Adds a row times its weight.</summary>
    private static void Add(ReadOnlySpan<byte> row, float weight, Span<float> sums)
    {
        int lanes = Vector<float>.Count, i = 0;
        Vector<float> factor = new(weight);
        for (; i <= row.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(row[i..]), out Vector<ushort> low, out Vector<ushort> high);
            Vector.Widen(low, out Vector<uint> a, out Vector<uint> b);
            Vector.Widen(high, out Vector<uint> c, out Vector<uint> d);
            AddLanes(a, sums[i..]);
            AddLanes(b, sums[(i + lanes)..]);
            AddLanes(c, sums[(i + 2 * lanes)..]);
            AddLanes(d, sums[(i + 3 * lanes)..]);
        }
        for (; i < row.Length; i++) sums[i] += weight * row[i];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void AddLanes(Vector<uint> bytes, Span<float> at) => (new Vector<float>(at) + factor * Vector.ConvertToSingle(Vector.AsVectorInt32(bytes))).CopyTo(at);
    }

    /// <summary>Columns of one row become those of the result.</summary>
    private void Narrow(ReadOnlySpan<float> sums, int first, int channels, Span<byte> to)
    {
        for (int x = 0; x < to.Length / channels; x++)
        {
            ReadOnlySpan<float> weights = _columns.Weights(x);
            ReadOnlySpan<float> from = sums.Slice((_columns.First(x) - first) * channels, weights.Length * channels);
            if (channels == 1)
            {
                float sum = 0;
                for (int i = 0; i < weights.Length; i++) sum += weights[i] * from[i];
                to[x] = Round(sum);
                continue;
            }
            float red = 0, green = 0, blue = 0;
            for (int i = 0; i < weights.Length; i++)
            {
                red += weights[i] * from[3 * i];
                green += weights[i] * from[3 * i + 1];
                blue += weights[i] * from[3 * i + 2];
            }
            (to[3 * x], to[3 * x + 1], to[3 * x + 2]) = (Round(red), Round(green), Round(blue));
        }
    }

    private static byte Round(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);

    /// <summary>For each pixel of a side, the pixels that it is made of and their shares.</summary>
    private sealed class Taps
    {
        private (int From, int To, int Skip, int Count) _for;
        private int[] _first = [], _counts = [];
        private float[] _weights = [];
        private double[] _exact = [];
        private int _most;

        public int First(int index) => _first[index];

        public ReadOnlySpan<float> Weights(int index) => _weights.AsSpan(index * _most, _counts[index]);

        public void Set(int from, int to, int skip, int count)
        {
            if (_for == (from, to, skip, count)) return;
            double scale = (double)from / to, reach = Math.Max(1, scale);
            _most = checked((int)Math.Min(from, Math.Ceiling(2 * reach) + 2));
            if (_first.Length < count) (_first, _counts) = (new int[count], new int[count]);
            if (_weights.Length < checked(count * _most)) _weights = new float[count * _most];
            if (_exact.Length < _most) _exact = new double[_most];
            for (int x = 0; x < count; x++)
            {
                double centre = (skip + x + 0.5) * scale, sum = 0;
                int first = Math.Max(0, (int)Math.Floor(centre - reach)), length = Math.Min(from, (int)Math.Ceiling(centre + reach)) - first;
                for (int i = 0; i < length; i++) sum += _exact[i] = Math.Max(0, 1 - Math.Abs(first + i + 0.5 - centre) / reach);
                for (int i = 0; i < length; i++) _weights[x * _most + i] = (float)(_exact[i] / sum);
                (_first[x], _counts[x]) = (first, length);
            }
            _for = (from, to, skip, count);
        }
    }
}
