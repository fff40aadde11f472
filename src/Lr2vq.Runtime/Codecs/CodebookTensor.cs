using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Codecs;

/// <summary>Vector quantization: exact (PQ, k-means), low-rank (LR²VQ) and residual.</summary>
/// <remarks><c>subvector = scale[row] · (Σ_stage entry[code]) · basis</c>. Entries times basis (the expanded codebook) are formed once,
/// when the tensor is opened. Codes of 8 or 16 bits are read in place, others are expanded to bytes or words.
/// Parameters: axis u8, entry encoding u8, scaled u8, stages u8, m u16, d u16, (k − 1) u16[stages], and if scaled multiplier f32.
/// Codes: for each stage ⌈subvectors · ⌈log₂ k⌉ / 8⌉ bytes, see <see cref="SliceOrder"/>. Codebook: <see cref="CodebookEntries"/> of each
/// stage, basis f16[d · m] if d is below m. Dense: f16[rows] if scaled.</remarks>
internal sealed unsafe partial class CodebookTensor : WeightTensor
{
    /// <summary>Longest subvector.</summary>
    public const int MaxM = 128;

    /// <summary>Most stages.</summary>
    public const int MaxStages = 8;

    /// <summary>Most entries of a stage.</summary>
    public const int MaxK = 1 << 16;

    private readonly SliceOrder _order;
    private readonly Stage[] _stages;
    private readonly float* _scales;    // null: none
    private readonly bool _isStraight;
    private readonly ByteCodebook? _bytes;

    private CodebookTensor(in TensorPayload payload, SliceOrder order, Stage[] stages, float* scales, bool lowRank)
        : base(payload.Name, payload.Role, payload.Type, payload.Shape, payload.Groups)
    {
        _order = order;
        _stages = stages;
        _scales = scales;
        bool bytes = stages.Length == 1 && !stages[0].Wide && (order.Axis == SliceAxis.InputChannel || (order.Axis == SliceAxis.Spatial && order.Taps == 1));
        _isStraight = bytes && order.M is 4 or 8 or 16;
        Format = FormatOf(stages.Length, lowRank);
        if (bytes && Groups == 1 && Inputs % order.M == 0 && order.M >= 4)
            _bytes = new ByteCodebook(order, order.M, stages[0].Slots, stages[0].Codes, stages[0].Entries, scales);
    }

    public override TensorFormat Format { get; }

    /// <summary>Weights that one code names.</summary>
    public int SubvectorLength => _order.M;

    public override ByteCodebook? AsByteCodebook() => _bytes;

    public static TensorFormat FormatOf(int stages, bool lowRank) =>
        stages > 1 ? TensorFormat.Residual : lowRank ? TensorFormat.LowRankCodebook : TensorFormat.Codebook;

    /// <summary>Exact bytes of the ranges.</summary>
    public static (int Parameters, long Codes, long Codebook, long Dense) ByteLengths(SliceOrder order, ReadOnlySpan<int> k, int d,
        EntryEncoding encoding, bool scaled)
    {
        long codes = 0, codebook = CodebookEntries.BasisByteLength(d, order.M);
        foreach (int entries in k)
        {
            codes += PackedBits.ByteLength(order.Count, PackedBits.BitsFor(entries));
            codebook += CodebookEntries.ByteLength(encoding, entries, d);
        }
        return (8 + 2 * k.Length + (scaled ? 4 : 0), codes, codebook, scaled ? (long)RowScales.BytesPerScale * order.Rows : 0);
    }

    /// <summary>Packs what a method found. Entries, basis and scales are rounded as their encoding says.</summary>
    public static EncodedTensor Pack(TensorIdentity identity, CodebookFactors factors)
    {
        SliceOrder order = SliceOrder.Of(identity.Canonical, factors.Axis, factors.M);
        bool scaled = factors.RowScales.Length > 0;
        int stages = factors.Entries.Length;
        int[] k = new int[stages];
        for (int t = 0; t < stages; t++) k[t] = factors.Entries[t].Length / factors.D;
        var lengths = ByteLengths(order, k, factors.D, factors.Encoding, scaled);
        byte[] parameters = new byte[lengths.Parameters], codes = new byte[lengths.Codes];
        byte[] dense = new byte[lengths.Dense];
        parameters[0] = (byte)factors.Axis;
        parameters[1] = (byte)factors.Encoding;
        parameters[2] = scaled ? (byte)1 : (byte)0;
        parameters[3] = (byte)stages;
        BinaryPrimitives.WriteUInt16LittleEndian(parameters.AsSpan(4), (ushort)factors.M);
        BinaryPrimitives.WriteUInt16LittleEndian(parameters.AsSpan(6), (ushort)factors.D);
        int at = 0;
        for (int t = 0; t < stages; t++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(parameters.AsSpan(8 + 2 * t), (ushort)(k[t] - 1));
            byte[] packed = PackedBits.Pack(factors.Codes[t], PackedBits.BitsFor(k[t]));
            packed.CopyTo(codes.AsSpan(at));
            at += packed.Length;
        }
        if (scaled)
        {
            float multiplier = RowScales.Pack((float[])factors.RowScales.Clone(), dense);
            BinaryPrimitives.WriteSingleLittleEndian(parameters.AsSpan(8 + 2 * stages), multiplier);
        }
        return identity.With(FormatOf(stages, factors.D < factors.M), parameters, codes, PackCodebook(factors), dense);
    }

    /// <summary>The codebook range alone: entries of all stages and the basis.</summary>
    public static byte[] PackCodebook(CodebookFactors factors)
    {
        long length = CodebookEntries.BasisByteLength(factors.D, factors.M);
        foreach (float[] entries in factors.Entries) length += CodebookEntries.ByteLength(factors.Encoding, entries.Length / factors.D, factors.D);
        byte[] codebook = new byte[length];
        int at = 0;
        foreach (float[] entries in factors.Entries)
        {
            CodebookEntries.Write((float[])entries.Clone(), factors.D, factors.Encoding, codebook.AsSpan(at));
            at += (int)CodebookEntries.ByteLength(factors.Encoding, entries.Length / factors.D, factors.D);
        }
        for (int i = 0; i < factors.Basis.Length; i++) BinaryPrimitives.WriteHalfLittleEndian(codebook.AsSpan(at + 2 * i), (Half)factors.Basis[i]);
        return codebook;
    }

    /// <summary>What the parameters say.</summary>
    public static TensorDescription Describe(in TensorPayload payload)
    {
        var reader = new ParameterReader(payload);
        var axis = (SliceAxis)reader.Byte("slicing axis", 0, 2);
        var encoding = (EntryEncoding)reader.Byte("entry encoding", 0, 2);
        bool scaled = reader.Byte("scale flag", 0, 1) == 1;
        int[] k = new int[reader.Byte("number of stages", 1, MaxStages)];
        int m = reader.UInt16("subvector size", 1, MaxM), d = reader.UInt16("clustering dimensionality", 1, m);
        int bits = 0;
        for (int t = 0; t < k.Length; t++)
        {
            k[t] = reader.UInt16("number of entries") + 1;
            bits += PackedBits.BitsFor(k[t]);
        }
        return new TensorDescription
        {
            // k-means without a basis is what every exact search comes to, LR²VQ with d = m too.
            Method = FormatOf(k.Length, d < m) switch { TensorFormat.Residual => "rvq", TensorFormat.LowRankCodebook => "lr2vq", _ => "kmeans" },
            K = k,
            M = m,
            D = d,
            Bits = bits,
            Axis = axis,
            Encoding = encoding.ToString().ToLowerInvariant(),
            IsScaled = scaled,
        };
    }

    public static CodebookTensor Open(in TensorPayload payload)
    {
        CanonicalShape shape = payload.Canonical;
        var reader = new ParameterReader(payload);
        var axis = (SliceAxis)reader.Byte("slicing axis", 0, 2);
        var encoding = (EntryEncoding)reader.Byte("entry encoding", 0, 2);
        bool scaled = reader.Byte("scale flag", 0, 1) == 1;
        int stageCount = reader.Byte("number of stages", 1, MaxStages);
        int m = reader.UInt16("subvector size", 1, MaxM), d = reader.UInt16("clustering dimensionality", 1, m);
        int[] k = new int[stageCount];
        for (int t = 0; t < stageCount; t++) k[t] = reader.UInt16("number of entries") + 1;
        float multiplier = scaled ? reader.Single("multiplier") : 1f;
        reader.End();
        if (payload.Format != FormatOf(stageCount, d < m) || (stageCount > 1 && d < m))
            throw payload.Invalid($"has {stageCount} stages and d = {d} of m = {m}, which is not its format");
        SliceOrder order = SliceOrder.Of(shape, axis, m);
        var lengths = ByteLengths(order, k, d, encoding, scaled);
        payload.ExpectCodes(lengths.Codes);
        payload.ExpectCodebook(lengths.Codebook);
        payload.ExpectDense(lengths.Dense);

        float* scales = scaled ? RowScales.Open(payload, payload.DenseData, shape.Rows, multiplier) : null;
        int basisBytes = (int)CodebookEntries.BasisByteLength(d, m);
        ReadOnlySpan<byte> codebook = payload.Codebook, basis = codebook[(codebook.Length - basisBytes)..];
        var stages = new Stage[stageCount];
        byte* codes = payload.CodesData;
        for (int t = 0; t < stageCount; t++)
        {
            int bits = PackedBits.BitsFor(k[t]), entryBytes = (int)CodebookEntries.ByteLength(encoding, k[t], d);
            long codeBytes = PackedBits.ByteLength(order.Count, bits);
            stages[t] = new Stage
            {
                Entries = Expand(payload, codebook[..entryBytes], basis, k[t], d, m, encoding, 1 << bits),
                Slots = 1 << bits,
                Wide = bits > 8,
                Codes = bits is 8 or 16 ? codes : Unpack(payload, codes, codeBytes, order.Count, bits),
            };
            codes += codeBytes;
            codebook = codebook[entryBytes..];
        }
        var opened = new CodebookTensor(payload, order, stages, scales, d < m);
        if (d < m)
            opened._projected = Project(payload, order, stages[0], scales, payload.Codebook, basis, k[0], d, encoding, 1 << PackedBits.BitsFor(k[0]));
        return opened;
    }

    public override void DecodeRows(int first, int count, float* destination, long stride) =>
        DecodePlaces(first, count, 0, _order.Places, destination, stride);

    public override void DecodePanel16(int first, int firstInput, int inputs, float* panel, float* scratch)
    {
        if (TryDecodePanel(first, firstInput, inputs, panel)) return;
        int taps = _order.Taps, columns = Columns, count = Math.Min(16, Rows - first), m = _order.M;
        int from = firstInput * taps, to = (firstInput + inputs) * taps;
        (int start, int end) = _order.Axis switch
        {
            SliceAxis.Spatial => (from / m, (to + m - 1) / m),
            SliceAxis.InputChannel => (firstInput / m * taps, (firstInput + inputs + m - 1) / m * taps),
            _ => (from, to),
        };
        DecodePlaces(first, count, start, end, scratch, columns);
        for (int r = count; r < 16; r++) NativeMemory.Clear(scratch + (long)r * columns + from, (nuint)((to - from) * (long)sizeof(float)));
        Transpose16.ToPanel(scratch + from, columns, inputs, taps, panel);
    }

    /// <summary>Decodes the subvectors at places [start, end) of some rows, each to its columns.</summary>
    [MethodImpl(Compile.Loop)]
    private void DecodePlaces(int first, int count, int start, int end, float* destination, long stride)
    {
        int m = _order.M;
        for (int row = first; row < first + count; row++, destination += stride)
        {
            float scale = _scales == null ? 1f : _scales[row];
            long code = _order.IndexOf(row, start), step = start + 1 < end ? _order.IndexOf(row, start + 1) - code : 0;
            if (_order.Axis == SliceAxis.OutputChannel)
            {
                int element = row % m;
                for (int place = start; place < end; place++, code += step) destination[place] = scale * Sum(code, element);
                continue;
            }
            if (_stages.Length == 1 && (_order.Axis == SliceAxis.Spatial || _order.Taps == 1))
            {
                // Subvectors follow each other in the row; the last may be cut off by its end.
                int columns = Columns;
                for (int column = start * m; column < Math.Min(end * m, columns); column += m, code += step)
                    Copy(_stages[0].Entry(code, m), destination + column, Math.Min(m, columns - column), scale);
                continue;
            }
            for (int place = start; place < end; place++, code += step)
            {
                (int length, _, int column, _, int columnStep) = _order.ElementsOf(row, place);
                float* to = destination + column;
                for (int t = 0; t < length; t++) to[(long)t * columnStep] = scale * Sum(code, t);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* entry, float* to, int length, float scale)
    {
        int t = 0;
        for (; t + 4 <= length; t += 4) (Vector128.Load(entry + t) * scale).Store(to + t);
        for (; t < length; t++) to[t] = scale * entry[t];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Sum(long code, int element)
    {
        int m = _order.M;
        float sum = _stages[0].Entry(code, m)[element];
        for (int t = 1; t < _stages.Length; t++) sum += _stages[t].Entry(code, m)[element];
        return sum;
    }

    /// <summary>Entries · basis [slots, m] in double, rounded once; slots beyond k are zero, so that no code can point outside.</summary>
    private static float* Expand(in TensorPayload payload, ReadOnlySpan<byte> source, ReadOnlySpan<byte> basis, int k, int d, int m,
        EntryEncoding encoding, int slots)
    {
        float* expanded = payload.Memory.AllocateFloats((long)slots * m + 4);     // panels load four floats at a time
        float[] entries = new float[k * d];
        double[] rows = d == m ? [] : new double[d * m];
        CodebookEntries.Read(source, k, d, encoding, entries);
        for (int i = 0; i < rows.Length; i++) rows[i] = (double)BinaryPrimitives.ReadHalfLittleEndian(basis[(2 * i)..]);
        fixed (float* from = entries)
        fixed (double* by = rows)
            return Multiply(from, by, k, d, m, expanded) ? expanded : throw payload.Invalid("has a codebook entry that is not finite");
    }

    /// <param name="basis">Null if entries are what they expand to.</param>
    /// <returns>False if an entry is not finite.</returns>
    [MethodImpl(Compile.Loop)]
    private static bool Multiply(float* entries, double* basis, int k, int d, int m, float* expanded)
    {
        for (int i = 0; i < k * d; i++)
            if (!float.IsFinite(entries[i])) return false;
        for (int j = 0; j < k; j++, entries += d, expanded += m)
            for (int t = 0; t < m; t++)
            {
                if (basis == null)
                {
                    expanded[t] = entries[t];
                    continue;
                }
                double sum = 0;
                for (int c = 0; c < d; c++) sum += entries[c] * basis[c * m + t];
                expanded[t] = (float)sum;
            }
        return true;
    }

    private static byte* Unpack(in TensorPayload payload, byte* packed, long length, long count, int bits)
    {
        byte* codes = payload.Memory.Allocate(bits > 8 ? 2 * count : count);
        for (long n = 0; n < count; n++)
        {
            int code = PackedBits.Read(packed, length, n, bits);
            if (bits > 8) ((ushort*)codes)[n] = (ushort)code;
            else codes[n] = (byte)code;
        }
        return codes;
    }

    private struct Stage
    {
        public float* Entries;
        public byte* Codes;
        /// <summary>Entries that a code can name.</summary>
        public int Slots;
        public bool Wide;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly float* Entry(long index, int m) =>
            Entries + (long)(Wide ? Unsafe.ReadUnaligned<ushort>(Codes + 2 * index) : Codes[index]) * m;
    }
}
