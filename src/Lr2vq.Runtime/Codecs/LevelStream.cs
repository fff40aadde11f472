using System;
using System.Buffers.Binary;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Codecs;

/// <summary>Entropy-coded levels: frequencies, escapes, a rANS stream.</summary>
/// <remarks>Codes: length of the tables u32, length of the escapes u32, the tables (<see cref="SymbolModel"/>s), the escapes, the stream.</remarks>
internal unsafe ref struct LevelStream
{
    private const int HeaderBytes = 8;

    /// <summary>A stream has at least a byte for so many levels (it is padded if need be), so that a short file cannot ask for much memory.</summary>
    public const int MaxLevelsPerByte = 128;

    private readonly TensorPayload _payload;
    private readonly int _limit;
    private BitReader _escapes;

    /// <param name="models">Number of models.</param>
    /// <param name="limit">Largest |level|.</param>
    /// <param name="codedLimit">Largest |level| that is no escape.</param>
    public LevelStream(in TensorPayload payload, PanelOrder order, int models, int limit, int codedLimit)
    {
        (_payload, _limit) = (payload, limit);
        if (payload.CodesLength < HeaderBytes || order.StoredLength / MaxLevelsPerByte > payload.CodesLength)
            throw payload.Invalid($"has {payload.CodesLength} bytes of codes, too few for its weights");
        var header = new ReadOnlySpan<byte>(payload.CodesData, HeaderBytes);
        long tableBytes = BinaryPrimitives.ReadUInt32LittleEndian(header), escapeBytes = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        long streamBytes = payload.CodesLength - HeaderBytes - tableBytes - escapeBytes;
        if (streamBytes < 0) throw payload.Invalid("has tables that do not fit its codes");
        byte* at = payload.CodesData + HeaderBytes;
        var bits = new BitReader(at, tableBytes);
        Models = new SymbolModel[models];
        for (int m = 0; m < models; m++)
        {
            SymbolModel model = Models[m] = SymbolModel.TryRead(ref bits) ?? throw payload.Invalid("has a damaged table of frequencies");
            if (model.Low < -codedLimit || model.High > codedLimit) throw payload.Invalid("has levels that are larger than they may be");
        }
        _escapes = new BitReader(at + tableBytes, escapeBytes);
        Decoder = new RansDecoder(at + tableBytes + escapeBytes, streamBytes);
    }

    public SymbolModel[] Models { get; }

    /// <summary>A field, since it changes with every call.</summary>
    public RansDecoder Decoder;

    /// <summary>The level beyond a model's range that comes next.</summary>
    public int ReadEscape(SymbolModel model)
    {
        bool above = _escapes.Bits(1) == 1;
        long distance = _escapes.Golomb(2) + 1L;
        long level = above ? model.High + distance : model.Low - distance;
        if (_escapes.Overrun || level < -_limit || level > _limit) throw _payload.Invalid("has a level that is out of range");
        return (int)level;
    }

    /// <summary>Everything was used.</summary>
    public readonly void End()
    {
        if (!Decoder.EndsCleanly || _escapes.Overrun) throw _payload.Invalid("has a damaged stream of levels");
    }

    public static void WriteEscape(BitWriter escapes, SymbolModel model, int level)
    {
        bool above = level > model.High;
        escapes.Bits(above ? 1u : 0u, 1);
        escapes.Golomb((uint)(above ? level - model.High - 1 : model.Low - level - 1), 2);
    }

    /// <summary>Bits that the escape of <paramref name="distance"/> ≥ 1 levels beyond a model's range costs.</summary>
    public static int EscapeBits(int distance) => 2 * System.Numerics.BitOperations.Log2((uint)(distance - 1) + 4);

    /// <summary>All parts.</summary>
    public static byte[] Join(SymbolModel[] models, BitWriter escapes, RansEncoder coder, PanelOrder order)
    {
        var tables = new BitWriter();
        foreach (SymbolModel model in models) model.Write(tables);
        byte[] table = tables.ToArray(), escape = escapes.ToArray(), stream = coder.Finish();
        long length = HeaderBytes + table.Length + escape.Length + stream.Length;
        byte[] codes = new byte[checked((int)Math.Max(length, (order.StoredLength + MaxLevelsPerByte - 1) / MaxLevelsPerByte))];
        // Padding, if any, lies before the stream, as part of the escapes.
        int padded = escape.Length + codes.Length - (int)length;
        BinaryPrimitives.WriteInt32LittleEndian(codes, table.Length);
        BinaryPrimitives.WriteInt32LittleEndian(codes.AsSpan(4), padded);
        table.CopyTo(codes.AsSpan(HeaderBytes));
        escape.CopyTo(codes.AsSpan(HeaderBytes + table.Length));
        stream.CopyTo(codes.AsSpan(HeaderBytes + table.Length + padded));
        return codes;
    }
}
