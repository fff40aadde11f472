using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lr2vq.Kernels;

/// <summary>Convolution of bytes by a weight that is known at load. The image is copied with its borders, unless it has none; what some pixels read is laid out in
/// panels, which meet the rows of the weight.</summary>
internal sealed unsafe class PackedConv : IByteConv
{
    /// <summary>Pixels of a tile: two panels.</summary>
    private const int Tile = 2 * ByteProduct.Pixels;

    /// <summary>Output channels whose sums are kept until they are stored.</summary>
    private const int Channels = 32;

    private readonly PackedBytes _weight;
    private readonly ConvGeometry _geometry;
    private readonly int[] _offsets;
    private readonly bool _inPlace;
    private readonly int _rows, _columns;
    private readonly long _plane, _pixels, _imageBytes, _startBytes, _panelBytes, _slotBytes;

    /// <param name="geometry">The convolution.</param>
    /// <param name="weight">Its weight.</param>
    /// <param name="isSigned">Whether the input is i8.</param>
    /// <param name="threads">Threads that work on it.</param>
    public PackedConv(in ConvGeometry geometry, PackedBytes weight, bool isSigned, int threads)
    {
        (_geometry, _weight) = (geometry, weight);
        _inPlace = !isSigned && geometry.StaysInside;
        (_rows, _columns) = _inPlace ? (geometry.InputHeight, geometry.InputWidth) : (geometry.RowsFor(geometry.OutputHeight), geometry.Columns);
        _plane = (long)_rows * _columns;
        _pixels = (long)geometry.OutputHeight * geometry.OutputWidth;
        _imageBytes = _inPlace ? 0 : Aligned(checked(geometry.InputChannels * _plane));
        _startBytes = Aligned((geometry.OutputChannels + 1L) * sizeof(int));
        _panelBytes = weight.Groups * ByteProduct.GroupBytes;
        _slotBytes = checked(2 * _panelBytes + (Channels + 1) * Tile * sizeof(int) + Aligned(Tile * sizeof(long)));
        ScratchBytes = checked(_imageBytes + _startBytes + threads * _slotBytes);
        _offsets = new int[weight.Groups * 4];
        if (geometry.GroupInputs * _plane > int.MaxValue) throw new OverflowException("the channels of an image are longer than 2 GiB");
        for (int k = 0; k < _offsets.Length; k++)
        {
            // Beyond the columns any input will do.
            int column = Math.Min(k, weight.Columns - 1), tap = column % geometry.Taps;
            _offsets[k] = (int)(column / geometry.Taps * _plane + tap / geometry.KernelWidth * (long)geometry.DilationY * _columns + tap % geometry.KernelWidth * (long)geometry.DilationX);
        }
    }

    public long ScratchBytes { get; }

    private static long Aligned(long bytes) => (bytes + 63) & ~63L;

    public void Run<TSink>(ByteOperand x, ByteOperand weight, byte* scratch, ThreadTeam? team, TSink sink) where TSink : struct, IIntegerSink
    {
        ConvGeometry g = _geometry;
        int zero = x.IsSigned ? x.ZeroPoint(0) + 0x80 : x.ZeroPoint(0);
        int* starts = (int*)(scratch + _imageBytes);
        for (int r = 0; r < g.OutputChannels; r++) starts[r] = -zero * _weight.RowSums[r];
        starts[g.OutputChannels] = -zero * _weight.Columns;
        long tiles = (_pixels + Tile - 1) / Tile, imageLength = g.InputChannels * (long)g.InputHeight * g.InputWidth;
        for (int image = 0; image < g.Batch; image++)
        {
            byte* from = x.Data + image * imageLength;
            if (!_inPlace) Ranges.Run(team, g.InputChannels, Ranges.LeastMoved(_plane), new Planes(this, from, x.IsSigned ? (byte)0x80 : (byte)0, (byte)zero, scratch));
            byte* origin = _inPlace ? from - (long)g.Top * _columns - g.Left : scratch;
            Ranges.Run(team, g.Groups * tiles, Ranges.Least(Tile * (long)_offsets.Length), new Tiles<TSink>(this, origin, starts, scratch + _imageBytes + _startBytes, tiles, image, sink));
        }
    }

    /// <summary>Channels with their borders, unsigned.</summary>
    private readonly struct Planes(PackedConv conv, byte* image, byte flip, byte zero, byte* to) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            ConvGeometry g = conv._geometry;
            int left = Math.Max(0, g.Left), skipped = Math.Max(0, -g.Left), count = Math.Max(0, Math.Min(conv._columns - left, g.InputWidth - skipped));
            for (long channel = first; channel < last; channel++)
                for (int y = 0; y < conv._rows; y++)
                {
                    byte* row = to + channel * conv._plane + (long)y * conv._columns;
                    int at = y - g.Top;
                    if ((uint)at >= (uint)g.InputHeight)
                    {
                        new Span<byte>(row, conv._columns).Fill(zero);
                        continue;
                    }
                    new Span<byte>(row, left).Fill(zero);
                    Copy(image + (channel * g.InputHeight + at) * g.InputWidth + skipped, row + left, count, flip);
                    new Span<byte>(row + left + count, conv._columns - left - count).Fill(zero);
                }
        }

        private static void Copy(byte* from, byte* to, int count, byte flip)
        {
            if (flip == 0) new ReadOnlySpan<byte>(from, count).CopyTo(new Span<byte>(to, count));
            else
                for (int i = 0; i < count; i++) to[i] = (byte)(from[i] ^ flip);
        }
    }

    private readonly struct Tiles<TSink>(PackedConv conv, byte* origin, int* starts, byte* slots, long tiles, int image, TSink sink) : IRange where TSink : struct, IIntegerSink
    {
        public void Do(long first, long last, int slot)
        {
            ConvGeometry g = conv._geometry;
            PackedBytes weight = conv._weight;
            byte* panels = slots + slot * conv._slotBytes;
            int* inputs = (int*)(panels + 2 * conv._panelBytes), sums = inputs + Tile;
            long* places = (long*)(sums + Channels * Tile);
            for (long unit = first; unit < last; unit++)
            {
                long tile = unit % tiles, group = unit / tiles, start = tile * Tile;
                int count = (int)Math.Min(Tile, conv._pixels - start), used = count > ByteProduct.Pixels ? 2 : 1;
                conv.Place(start, count, places);
                fixed (int* offsets = conv._offsets)
                    for (int p = 0; p < used; p++)
                        Gather(origin + group * g.GroupInputs * conv._plane, places + p * ByteProduct.Pixels, offsets, weight.Groups, panels + p * conv._panelBytes);
                if (weight.HasZeroPoints)
                    for (int p = 0; p < used; p++)
                        ByteProduct.Run(panels + p * conv._panelBytes, weight.Groups, weight.Data + weight.Rows * weight.RowBytes, 1, starts + weight.Rows, inputs + p * ByteProduct.Pixels, Tile);
                for (int m = 0; m < g.GroupOutputs; m += Channels)
                {
                    int channels = Math.Min(Channels, g.GroupOutputs - m), channel = (int)group * g.GroupOutputs + m;
                    for (int p = 0; p < used; p++)
                        ByteProduct.Run(panels + p * conv._panelBytes, weight.Groups, weight.Data + channel * weight.RowBytes, channels, starts + channel, sums + p * ByteProduct.Pixels, Tile);
                    for (int c = 0; c < channels; c++)
                    {
                        int* row = sums + c * Tile;
                        if (weight.HasZeroPoints && weight.ZeroPoint(channel + c) is not 0 and int zero)
                            for (int p = 0; p < count; p++) row[p] -= zero * inputs[p];
                        sink.Store(row, count, channel + c, ((long)image * g.OutputChannels + channel + c) * conv._pixels + start);
                    }
                }
            }
        }
    }

    /// <summary>Where the inputs of each pixel of a tile begin; behind the last pixel come others like it.</summary>
    private void Place(long start, int count, long* places)
    {
        long y = start / _geometry.OutputWidth, x = start % _geometry.OutputWidth;
        for (int p = 0; p < Tile; p++)
        {
            if (p >= count)
            {
                places[p] = places[count - 1];
                continue;
            }
            places[p] = y * _geometry.StrideY * _columns + x * _geometry.StrideX;
            if (++x == _geometry.OutputWidth) (y, x) = (y + 1, 0);
        }
    }

    /// <summary>The inputs of sixteen pixels, four by four.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Gather(byte* origin, long* places, int* offsets, long groups, byte* to)
    {
        // Eight neighbours are loaded at once.
        const int half = ByteProduct.Pixels / 2;
        bool neighbours = true;
        for (int p = 1; p < half; p++) neighbours &= places[p] == places[0] + p && places[half + p] == places[half] + p;
        if (neighbours)
        {
            byte* first = origin + places[0], second = origin + places[half];
            for (long g = 0; g < groups; g++, offsets += 4, to += ByteProduct.GroupBytes)
            {
                Vector128<byte> a = Both(first, second, offsets[0]), b = Both(first, second, offsets[1]), c = Both(first, second, offsets[2]), d = Both(first, second, offsets[3]);
                Vector128<short> lowA = Sse2.UnpackLow(a, b).AsInt16(), highA = Sse2.UnpackHigh(a, b).AsInt16(), lowC = Sse2.UnpackLow(c, d).AsInt16(), highC = Sse2.UnpackHigh(c, d).AsInt16();
                Sse2.UnpackLow(lowA, lowC).AsByte().Store(to);
                Sse2.UnpackHigh(lowA, lowC).AsByte().Store(to + 16);
                Sse2.UnpackLow(highA, highC).AsByte().Store(to + 32);
                Sse2.UnpackHigh(highA, highC).AsByte().Store(to + 48);
            }
            return;
        }
        for (long g = 0; g < groups; g++, offsets += 4, to += ByteProduct.GroupBytes)
        {
            byte* a = origin + offsets[0], b = origin + offsets[1], c = origin + offsets[2], d = origin + offsets[3];
            for (int p = 0; p < ByteProduct.Pixels; p++)
            {
                long place = places[p];
                ((uint*)to)[p] = a[place] | (uint)b[place] << 8 | (uint)c[place] << 16 | (uint)d[place] << 24;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Both(byte* first, byte* second, int offset) => Vector128.Create(*(ulong*)(first + offset), *(ulong*)(second + offset)).AsByte();
}
