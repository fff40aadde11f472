using System;
using System.Buffers.Binary;
using System.IO;

namespace Lr2vq.Testing;

/// <summary>
/// Decodes the JPEG streams of the accuracy data (baseline, 8 bits, three components, 4:2:0) with the arithmetic of libjpeg: accurate integer inverse DCT,
/// "fancy" upsampling of chroma. The pixels equal libjpeg's bit for bit, so counts compare with what is published for the networks; StbImageSharp,
/// which the tool reads pictures with, gives 5 % of the bytes another value, by at most 3, and that moves a count by one.
/// </summary>
internal sealed class JpegDecoder
{
    /// <summary>Sides of a unit of the scan: four blocks of luma, one each of chroma.</summary>
    private const int Mcu = 16;

    private static readonly byte[] ZigZag =
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ];

    private readonly int[][] _quant = new int[4][];
    private readonly ushort[][] _huff = new ushort[8][];         // [class * 4 + id][16-bit prefix] = length << 8 | symbol
    private readonly int[] _compQuant = new int[3], _compDc = new int[3], _compAc = new int[3];
    private readonly int[] _block = new int[64];
    private readonly byte[] _y, _cb, _cr, _cbFull, _crFull;

    private byte[] _data = [];
    private int _pos, _end, _bits;
    private ulong _acc;

    /// <param name="header">From the start of the file to the start of the coded pixels, or more.</param>
    public JpegDecoder(ReadOnlySpan<byte> header)
    {
        int p = 2;
        while (p < header.Length && HeaderLength == 0)
        {
            byte marker = header[p + 1];
            int length = BinaryPrimitives.ReadUInt16BigEndian(header[(p + 2)..]);
            ReadOnlySpan<byte> s = header.Slice(p + 4, length - 2);
            p += 2 + length;
            if (marker == 0xDB)
            {
                var q = new int[64];
                for (int i = 0; i < 64; i++) q[ZigZag[i]] = s[1 + i];
                _quant[s[0]] = q;
            }
            else if (marker == 0xC4)
            {
                var table = new ushort[65536];
                int code = 0, symbol = 17;
                for (int bits = 1; bits <= 16; bits++, code <<= 1)
                    for (int n = 0; n < s[bits]; n++, code++, symbol++)
                        table.AsSpan(code << (16 - bits), 1 << (16 - bits)).Fill((ushort)(bits << 8 | s[symbol]));
                _huff[(s[0] >> 4) * 4 + (s[0] & 3)] = table;
            }
            else if (marker == 0xC0)
            {
                (Height, Width) = (BinaryPrimitives.ReadUInt16BigEndian(s[1..]), BinaryPrimitives.ReadUInt16BigEndian(s[3..]));
                bool expected = s[0] == 8 && Height % Mcu == 0 && Width % Mcu == 0 && s[5] == 3 && s[7] == 0x22 && s[10] == 0x11 && s[13] == 0x11;
                if (!expected) throw new InvalidDataException("not a JPEG of 8 bits, three components and 4:2:0, with sides that are multiples of 16");
                for (int c = 0; c < 3; c++) _compQuant[c] = s[8 + 3 * c];
            }
            else if (marker == 0xDA)
            {
                for (int c = 0; c < 3; c++) (_compDc[c], _compAc[c]) = (s[2 + 2 * c] >> 4, 4 + (s[2 + 2 * c] & 15));
                HeaderLength = p;
            }
            else if (marker is 0xC2 or 0xDD)
            {
                throw new InvalidDataException("a progressive JPEG, or one with restart markers");
            }
        }
        if (HeaderLength == 0 || Width == 0) throw new InvalidDataException("the JPEG's header is not complete");
        int pixels = Width * Height;
        (_y, _cb, _cr, _cbFull, _crFull) = (new byte[pixels], new byte[pixels / 4], new byte[pixels / 4], new byte[pixels], new byte[pixels]);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Where the coded pixels start.</summary>
    public int HeaderLength { get; }

    /// <summary>Decodes a whole file to RGB bytes.</summary>
    public static (int Width, int Height, byte[] Pixels) Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        var decoder = new JpegDecoder(file);
        byte[] pixels = new byte[3 * decoder.Width * decoder.Height];
        decoder.Decode(file, decoder.HeaderLength, file.Length - decoder.HeaderLength, pixels);
        return (decoder.Width, decoder.Height, pixels);
    }

    public void Decode(byte[] data, int offset, int length, Span<byte> rgb)
    {
        (_data, _pos, _end, _bits, _acc) = (data, offset, offset + length, 0, 0);
        int dcY = 0, dcCb = 0, dcCr = 0;
        for (int by = 0; by < Height / Mcu; by++)
            for (int bx = 0; bx < Width / Mcu; bx++)
            {
                for (int k = 0; k < 4; k++)
                    Block(0, ref dcY, _y.AsSpan((by * Mcu + (k >> 1) * 8) * Width + bx * Mcu + (k & 1) * 8), Width);
                Block(1, ref dcCb, _cb.AsSpan(by * 8 * (Width / 2) + bx * 8), Width / 2);
                Block(2, ref dcCr, _cr.AsSpan(by * 8 * (Width / 2) + bx * 8), Width / 2);
            }
        Upsample(_cb, _cbFull);
        Upsample(_cr, _crFull);
        for (int i = 0; i < _y.Length; i++)
        {
            int y = _y[i], cb = _cbFull[i] - 128, cr = _crFull[i] - 128;
            rgb[3 * i] = Clamp(y + ((91881 * cr + 32768) >> 16));
            rgb[3 * i + 1] = Clamp(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
            rgb[3 * i + 2] = Clamp(y + ((116130 * cb + 32768) >> 16));
        }
    }

    private static byte Clamp(int v) => (byte)Math.Clamp(v, 0, 255);

    private int Peek16()
    {
        while (_bits < 16)
        {
            int b = 0;
            if (_pos < _end)
            {
                b = _data[_pos++];
                if (b == 0xFF && _data[_pos++] != 0) { _pos = _end; b = 0; }      // a marker ends the scan
            }
            _acc = _acc << 8 | (uint)b;
            _bits += 8;
        }
        return (int)(_acc >> (_bits - 16)) & 0xFFFF;
    }

    private int Symbol(int table)
    {
        int e = _huff[table][Peek16()];
        if (e == 0) throw new InvalidDataException("bad Huffman code");
        _bits -= e >> 8;
        return e & 255;
    }

    private int Value(int bits)
    {
        if (bits == 0) return 0;
        int v = Peek16() >> (16 - bits);
        _bits -= bits;
        return v < 1 << (bits - 1) ? v - (1 << bits) + 1 : v;
    }

    private void Block(int component, ref int dc, Span<byte> target, int stride)
    {
        int[] q = _quant[_compQuant[component]], b = _block;
        Array.Clear(b);
        dc += Value(Symbol(_compDc[component]));
        b[0] = dc * q[0];
        for (int k = 1; k < 64; k++)
        {
            int rs = Symbol(_compAc[component]), size = rs & 15;
            k += rs >> 4;
            if (size == 0) { if (rs == 0xF0) continue; break; }
            int n = ZigZag[k];
            b[n] = Value(size) * q[n];
        }
        for (int c = 0; c < 8; c++) Idct(b, c, 8, 11, 0);
        for (int r = 0; r < 8; r++)
        {
            Idct(b, r * 8, 1, 18, 128);
            for (int c = 0; c < 8; c++) target[r * stride + c] = Clamp(b[r * 8 + c]);
        }
    }

    /// <summary>One-dimensional 8-point inverse DCT in 13-bit fixed point, in place.</summary>
    private static void Idct(int[] b, int o, int s, int shift, int center)
    {
        int p2 = b[o + 2 * s], p6 = b[o + 6 * s];
        int z1 = (p2 + p6) * 4433;
        int t2 = z1 - p6 * 15137, t3 = z1 + p2 * 6270;
        int t0 = (b[o] + b[o + 4 * s]) << 13, t1 = (b[o] - b[o + 4 * s]) << 13;
        int e0 = t0 + t3, e3 = t0 - t3, e1 = t1 + t2, e2 = t1 - t2;

        int q0 = b[o + 7 * s], q1 = b[o + 5 * s], q2 = b[o + 3 * s], q3 = b[o + s];
        int y1 = q0 + q3, y2 = q1 + q2, y3 = q0 + q2, y4 = q1 + q3, y5 = (y3 + y4) * 9633;
        q0 *= 2446; q1 *= 16819; q2 *= 25172; q3 *= 12299;
        y1 *= -7373; y2 *= -20995;
        y3 = y3 * -16069 + y5;
        y4 = y4 * -3196 + y5;
        q0 += y1 + y3; q1 += y2 + y4; q2 += y2 + y3; q3 += y1 + y4;

        int r = 1 << (shift - 1);
        b[o] = ((e0 + q3 + r) >> shift) + center;
        b[o + 7 * s] = ((e0 - q3 + r) >> shift) + center;
        b[o + s] = ((e1 + q2 + r) >> shift) + center;
        b[o + 6 * s] = ((e1 - q2 + r) >> shift) + center;
        b[o + 2 * s] = ((e2 + q1 + r) >> shift) + center;
        b[o + 5 * s] = ((e2 - q1 + r) >> shift) + center;
        b[o + 3 * s] = ((e3 + q0 + r) >> shift) + center;
        b[o + 4 * s] = ((e3 - q0 + r) >> shift) + center;
    }

    /// <summary>To twice the width and height with the 3:1 triangle filter in both directions.</summary>
    private void Upsample(byte[] src, byte[] dst)
    {
        int width = Width / 2, height = Height / 2;
        for (int row = 0; row < Height; row++)
        {
            int near = row >> 1, far = Math.Clamp((row & 1) == 0 ? near - 1 : near + 1, 0, height - 1);
            for (int c = 0; c < width; c++)
            {
                int Sum(int k) => 3 * src[near * width + k] + src[far * width + k];
                int here = Sum(c), left = c == 0 ? here : Sum(c - 1), right = c == width - 1 ? here : Sum(c + 1);
                dst[row * Width + 2 * c] = (byte)((3 * here + left + 8) >> 4);
                dst[row * Width + 2 * c + 1] = (byte)((3 * here + right + 7) >> 4);
            }
        }
    }
}
