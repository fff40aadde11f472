using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;
using Lr2vq.Artifacts;

namespace Lr2vq.Testing;

/// <summary>Gives an artifact another Plan or skeleton, with hashes that fit: a file made with bad intent.</summary>
internal static class ArtifactEdit
{
    /// <param name="artifact">A sound artifact.</param>
    /// <param name="plan">The text; need not be a Plan.</param>
    public static byte[] WithPlan(byte[] artifact, string plan)
    {
        (byte[] packed, uint encoding) = TextPacking.Pack(Encoding.UTF8.GetBytes(plan));
        return WithSection(artifact, ArtifactFormat.Plan, packed, encoding);
    }

    /// <param name="artifact">A sound artifact with such a section.</param>
    /// <param name="kind">The section.</param>
    /// <param name="replacement">Its bytes.</param>
    /// <param name="encoding">How they are said to be packed.</param>
    public static byte[] WithSection(byte[] artifact, uint kind, byte[] replacement, uint encoding = ArtifactFormat.PlainEncoding)
    {
        int sections = BinaryPrimitives.ReadInt32LittleEndian(artifact.AsSpan(12));
        using MemoryStream file = new();
        int header = (int)ArtifactFormat.Align(ArtifactFormat.HeaderBytes + ArtifactFormat.TableEntryBytes * sections);
        file.Write(artifact, 0, header);
        for (int i = 0; i < sections; i++)
        {
            Span<byte> entry = artifact.AsSpan(ArtifactFormat.HeaderBytes + ArtifactFormat.TableEntryBytes * i, ArtifactFormat.TableEntryBytes);
            int offset = (int)BinaryPrimitives.ReadInt64LittleEndian(entry[8..]), length = (int)BinaryPrimitives.ReadInt64LittleEndian(entry[16..]);
            bool isIt = BinaryPrimitives.ReadUInt32LittleEndian(entry) == kind;
            ReadOnlySpan<byte> content = isIt ? replacement : artifact.AsSpan(offset, length);
            // The last section is not padded.
            while (file.Length < ArtifactFormat.Align(file.Length)) file.WriteByte(0);
            long start = file.Length;
            file.Write(content);
            byte[] placed = entry.ToArray();
            if (isIt) BinaryPrimitives.WriteUInt32LittleEndian(placed.AsSpan(4), encoding);
            BinaryPrimitives.WriteInt64LittleEndian(placed.AsSpan(8), start);
            BinaryPrimitives.WriteInt64LittleEndian(placed.AsSpan(16), content.Length);
            file.Position = ArtifactFormat.HeaderBytes + ArtifactFormat.TableEntryBytes * i;
            file.Write(placed);
            file.Position = file.Length;
        }
        byte[] bytes = file.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), bytes.Length);
        Reseal.Hashes(bytes);
        return bytes;
    }
}
