using System;
using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>Convolution of bytes by bytes: what some pixels read is laid out in rows of i16, which meet the rows of the weight.</summary>
internal sealed unsafe class IntegerConv : IByteConv
{
    /// <summary>Pixels and output channels of a tile.</summary>
    private const int Tile = 32;

    private readonly ConvGeometry _geometry;
    private readonly long _columns, _padded, _pixels, _weightBytes, _slotBytes;

    public IntegerConv(in ConvGeometry geometry, int threads)
    {
        _geometry = geometry;
        _columns = checked((long)geometry.GroupInputs * geometry.Taps);
        _padded = IntegerProduct.Padded(_columns);
        _pixels = (long)geometry.OutputHeight * geometry.OutputWidth;
        _weightBytes = Aligned(checked(geometry.OutputChannels * _padded * sizeof(short)));
        _slotBytes = Aligned(checked(Tile * _padded * sizeof(short))) + sizeof(int) * Tile * Tile;
        ScratchBytes = checked(_weightBytes + threads * _slotBytes);
    }

    public long ScratchBytes { get; }

    public void Run<TSink>(ByteOperand x, ByteOperand weight, byte* scratch, ThreadTeam? team, TSink sink) where TSink : struct, IIntegerSink
    {
        Ranges.Run(team, _geometry.OutputChannels, Ranges.LeastMoved(_columns), new WeightRows(this, weight, (short*)scratch));
        long tiles = (_pixels + Tile - 1) / Tile;
        Ranges.Run(team, _geometry.Batch * _geometry.Groups * tiles, Ranges.Least(Tile * _padded), new Tiles<TSink>(this, x, (short*)scratch, scratch + _weightBytes, tiles, sink));
    }

    private static long Aligned(long bytes) => (bytes + 63) & ~63L;

    private readonly struct WeightRows(IntegerConv conv, ByteOperand weight, short* rows) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            for (long r = first; r < last; r++)
            {
                short* row = rows + r * conv._padded;
                SmallIntegers.Widen(weight.Data + r * conv._columns, weight.IsSigned, weight.ZeroPoint(r), row, conv._columns);
                new Span<short>(row + conv._columns, (int)(conv._padded - conv._columns)).Clear();
            }
        }
    }

    private readonly struct Tiles<TSink>(IntegerConv conv, ByteOperand x, short* weights, byte* slots, long tiles, TSink sink) : IRange where TSink : struct, IIntegerSink
    {
        public void Do(long first, long last, int slot)
        {
            ConvGeometry g = conv._geometry;
            short* patches = (short*)(slots + slot * conv._slotBytes);
            int* sums = (int*)(slots + (slot + 1) * conv._slotBytes) - Tile * Tile;
            for (long unit = first; unit < last; unit++)
            {
                long tile = unit % tiles, group = unit / tiles % g.Groups, image = unit / tiles / g.Groups, start = tile * Tile;
                int count = (int)Math.Min(Tile, conv._pixels - start);
                byte* planes = x.Data + (image * g.InputChannels + group * g.GroupInputs) * g.InputHeight * g.InputWidth;
                conv.Gather(planes, x, start, count, patches);
                for (int m = 0; m < g.GroupOutputs; m += Tile)
                {
                    int channels = Math.Min(Tile, g.GroupOutputs - m);
                    long channel = group * g.GroupOutputs + m;
                    IntegerProduct.Run(weights + channel * conv._padded, channels, patches, count, conv._padded, sums, Tile);
                    for (int c = 0; c < channels; c++, channel++) sink.Store(sums + c * Tile, count, channel, (image * g.OutputChannels + channel) * conv._pixels + start);
                }
            }
        }
    }

    /// <summary>The inputs of each pixel as a row [channel][tap], zero points taken away: what lies outside is zero.</summary>
    [MethodImpl(Compile.Loop)]
    private void Gather(byte* planes, ByteOperand x, long start, int count, short* patches)
    {
        ConvGeometry g = _geometry;
        int flip = x.IsSigned ? 0x80 : 0, offset = flip + x.ZeroPoint(0);
        for (int p = 0; p < count; p++)
        {
            long pixel = start + p;
            long top = pixel / g.OutputWidth * g.StrideY - g.Top, left = pixel % g.OutputWidth * g.StrideX - g.Left;
            short* to = patches + p * _padded;
            byte* plane = planes;
            for (int c = 0; c < g.GroupInputs; c++, plane += (long)g.InputHeight * g.InputWidth)
                for (int ky = 0; ky < g.KernelHeight; ky++)
                {
                    long y = top + (long)ky * g.DilationY;
                    bool inside = (ulong)y < (ulong)g.InputHeight;
                    byte* row = plane + y * g.InputWidth;
                    for (int kx = 0; kx < g.KernelWidth; kx++)
                    {
                        long at = left + (long)kx * g.DilationX;
                        *to++ = inside && (ulong)at < (ulong)g.InputWidth ? (short)((row[at] ^ flip) - offset) : (short)0;
                    }
                }
            for (long k = _columns; k < _padded; k++) *to++ = 0;
        }
    }
}
