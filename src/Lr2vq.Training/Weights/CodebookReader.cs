using System;
using System.Buffers.Binary;
using Lr2vq.Codecs;

namespace Lr2vq.Training.Weights;

/// <summary>The factors of a packed codebook tensor: the inverse of <see cref="CodebookTensor.Pack"/>.</summary>
internal static class CodebookReader
{
    public static unsafe CodebookFactors Read(EncodedTensor tensor)
    {
        ReadOnlySpan<byte> p = tensor.Parameters;
        var axis = (SliceAxis)p[0];
        var encoding = (EntryEncoding)p[1];
        bool scaled = p[2] == 1;
        int m = BinaryPrimitives.ReadUInt16LittleEndian(p[4..]), d = BinaryPrimitives.ReadUInt16LittleEndian(p[6..]);
        CanonicalShape shape = CanonicalShape.Of(tensor.Role, tensor.Shape, tensor.Groups);
        int count = (int)SliceOrder.Of(shape, axis, m).Count, codesAt = 0, codebookAt = 0;
        float[][] entries = new float[p[3]][];
        ushort[][] codes = new ushort[entries.Length][];
        for (int t = 0; t < entries.Length; t++)
        {
            int k = BinaryPrimitives.ReadUInt16LittleEndian(p[(8 + 2 * t)..]) + 1, bits = PackedBits.BitsFor(k);
            entries[t] = new float[k * d];
            CodebookEntries.Read(tensor.Codebook.AsSpan(codebookAt), k, d, encoding, entries[t]);
            codebookAt += (int)CodebookEntries.ByteLength(encoding, k, d);
            codes[t] = new ushort[count];
            int length = (int)PackedBits.ByteLength(count, bits);
            fixed (byte* packed = tensor.Codes.AsSpan(codesAt, length))
                for (int i = 0; i < count; i++) codes[t][i] = (ushort)PackedBits.Read(packed, length, i, bits);
            codesAt += length;
        }
        float[] basis = new float[d == m ? 0 : d * m];
        for (int i = 0; i < basis.Length; i++) basis[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(tensor.Codebook.AsSpan(codebookAt + 2 * i));
        float[] scales = new float[scaled ? shape.Rows : 0];
        float multiplier = scaled ? BinaryPrimitives.ReadSingleLittleEndian(p[(8 + 2 * entries.Length)..]) : 1f;
        for (int r = 0; r < scales.Length; r++) scales[r] = multiplier * (float)BinaryPrimitives.ReadHalfLittleEndian(tensor.Dense.AsSpan(2 * r));
        return new CodebookFactors { Axis = axis, M = m, D = d, Encoding = encoding, Entries = entries, Basis = basis, Codes = codes, RowScales = scales };
    }
}
