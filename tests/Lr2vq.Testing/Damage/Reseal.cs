using System;
using System.Buffers.Binary;
using Lr2vq.Artifacts;

namespace Lr2vq.Testing;

/// <summary>Makes the hashes of a changed artifact right again, so that the checks behind them are tested.</summary>
internal static class Reseal
{
    public static void Hashes(byte[] bytes)
    {
        if (bytes.Length < 64) return;
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(12));
        if (count > 64 || 64 + 40 * (long)count > bytes.Length) return;
        for (int i = 0; i < (int)count; i++)
        {
            Span<byte> entry = bytes.AsSpan(64 + 40 * i, 40);
            long offset = BinaryPrimitives.ReadInt64LittleEndian(entry[8..]), length = BinaryPrimitives.ReadInt64LittleEndian(entry[16..]);
            if (offset < 0 || length < 0 || offset > bytes.Length || length > bytes.Length - offset) continue;
            BinaryPrimitives.WriteUInt128LittleEndian(entry[24..], Sha256.Short(bytes.AsSpan((int)offset, (int)length)));
        }
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(24), ArtifactWriter.HeaderHash(bytes, (int)count));
    }
}
