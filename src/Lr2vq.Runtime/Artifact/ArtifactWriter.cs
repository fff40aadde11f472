using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Artifacts;

/// <summary>Writes <c>.lr2vq</c> files. The same content gives the same bytes on every machine.</summary>
internal static class ArtifactWriter
{
    /// <summary>Bytes between two looks at the token.</summary>
    private const int PieceBytes = 1 << 20;

    /// <summary>Writes to a temporary file beside <paramref name="path"/> and renames it, so that no partial file is ever seen there.</summary>
    /// <returns>The length of the file.</returns>
    public static long Write(string path, ArtifactMeta meta, string plan, IReadOnlyList<EncodedTensor> tensors, IReadOnlyList<StepForms>? forms = null,
        CancellationToken cancellation = default, PackedSkeleton? skeleton = null)
    {
        using TemporaryFile file = new(path);
        using (FileStream stream = file.Create()) Write(stream, meta, plan, tensors, forms, cancellation, skeleton);
        long length = new FileInfo(file.Path).Length;
        file.Keep();
        return length;
    }

    public static void Write(Stream stream, ArtifactMeta meta, string plan, IReadOnlyList<EncodedTensor> tensors, IReadOnlyList<StepForms>? forms = null,
        CancellationToken cancellation = default, PackedSkeleton? skeleton = null)
    {
        ArtifactRanges ranges = ArtifactDirectory.Write(Lengths(tensors), PackedPlan.Of(plan).Weights, [.. tensors.Select(t => t.Parameters)],
            [.. tensors.Select(t => t.RelativeError)]);
        Section[] sections = Arrange(meta, plan, ranges, forms, skeleton);
        foreach (Section section in sections)
        {
            Sha256 hash = new();
            foreach (ReadOnlyMemory<byte> piece in Pieces(section, ranges, tensors))
            {
                cancellation.ThrowIfCancellationRequested();
                hash.Append(piece.Span);
            }
            section.Hash = hash.FinishShort();
        }
        stream.Write(Header(sections, ArtifactFormat.Version));
        foreach (Section section in sections)
        {
            foreach (ReadOnlyMemory<byte> piece in Pieces(section, ranges, tensors))
            {
                cancellation.ThrowIfCancellationRequested();
                stream.Write(piece.Span);
            }
            if (section != sections[^1]) stream.Write(new byte[ArtifactFormat.Align(section.Length) - section.Length]);
        }
    }

    public static byte[] ToArray(ArtifactMeta meta, string plan, IReadOnlyList<EncodedTensor> tensors, IReadOnlyList<StepForms>? forms = null, PackedSkeleton? skeleton = null)
    {
        MemoryStream stream = new();
        Write(stream, meta, plan, tensors, forms, default, skeleton);
        return stream.ToArray();
    }

    /// <summary>The exact length of the file that <see cref="Write(Stream, ArtifactMeta, string, IReadOnlyList{EncodedTensor}, IReadOnlyList{StepForms}?, CancellationToken, PackedSkeleton?)"/>
    /// would write.</summary>
    /// <param name="forms">Only the steps matter.</param>
    /// <param name="skeleton">The model for ONNX Runtime; null for none.</param>
    public static long LengthOf(ArtifactMeta meta, string plan, IReadOnlyList<TensorLengths> tensors, IReadOnlyList<StepForms>? forms = null, PackedSkeleton? skeleton = null)
    {
        Section[] sections = Arrange(meta, plan, ArtifactDirectory.Write(tensors, PackedPlan.Of(plan).Weights, null, null), forms, skeleton);
        return sections[^1].Offset + sections[^1].Length;
    }

    /// <summary>The exact length for tensors that are already encoded.</summary>
    public static long LengthOf(ArtifactMeta meta, string plan, IReadOnlyList<EncodedTensor> tensors, IReadOnlyList<StepForms>? forms = null) =>
        LengthOf(meta, plan, Lengths(tensors), forms);

    private static TensorLengths[] Lengths(IReadOnlyList<EncodedTensor> tensors) => [.. tensors.Select(TensorLengths.Of)];

    private static Section[] Arrange(ArtifactMeta meta, string plan, ArtifactRanges ranges, IReadOnlyList<StepForms>? forms, PackedSkeleton? skeleton)
    {
        byte[] formBytes = ArtifactForms.Write(forms ?? []), planBytes = PackedPlan.Of(plan).Bytes, metaBytes = meta.ToJson();
        Section[] sections = new Section[]
        {
            new(ArtifactFormat.Tensors, ranges.Directory.Length, ranges.Directory),
            new(ArtifactFormat.Codes, ranges.Codes.Length, null),
            new(ArtifactFormat.Codebooks, ranges.Codebooks.Length, null),
            new(ArtifactFormat.Dense, ranges.Dense.Length, null),
            new(ArtifactFormat.Forms, formBytes.Length, formBytes),
            new(ArtifactFormat.Plan, planBytes.Length, planBytes) { Encoding = PackedPlan.Of(plan).Encoding },
            new(ArtifactFormat.Skeleton, skeleton?.Bytes.Length ?? 0, skeleton?.Bytes) { Encoding = skeleton?.Encoding ?? ArtifactFormat.PlainEncoding },
            new(ArtifactFormat.Meta, metaBytes.Length, metaBytes),
        }.Where(section => section.Length > 0).ToArray();
        long offset = ArtifactFormat.Align(ArtifactFormat.HeaderBytes + ArtifactFormat.TableEntryBytes * sections.Length);
        foreach (Section section in sections)
        {
            section.Offset = offset;
            offset = ArtifactFormat.Align(offset + section.Length);
        }
        return sections;
    }

    /// <param name="sections">The sections.</param>
    /// <param name="version">The lowest version that a reader must know, which is also the file's.</param>
    private static byte[] Header(Section[] sections, ushort version)
    {
        byte[] bytes = new byte[sections[0].Offset];
        ArtifactFormat.Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(10), version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), sections.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), sections[^1].Offset + sections[^1].Length);
        for (int i = 0; i < sections.Length; i++)
        {
            Span<byte> entry = bytes.AsSpan(ArtifactFormat.HeaderBytes + i * ArtifactFormat.TableEntryBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, sections[i].Kind);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], sections[i].Encoding);
            BinaryPrimitives.WriteInt64LittleEndian(entry[8..], sections[i].Offset);
            BinaryPrimitives.WriteInt64LittleEndian(entry[16..], sections[i].Length);
            BinaryPrimitives.WriteUInt128LittleEndian(entry[24..], sections[i].Hash);
        }
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(24), HeaderHash(bytes, sections.Length));
        return bytes;
    }

    /// <summary>The hash of header and table, without the hash itself.</summary>
    internal static UInt128 HeaderHash(ReadOnlySpan<byte> file, int sections)
    {
        Sha256 hash = new();
        hash.Append(file[..24]);
        hash.Append(file[40..(ArtifactFormat.HeaderBytes + ArtifactFormat.TableEntryBytes * sections)]);
        return hash.FinishShort();
    }

    /// <summary>The content of a section in file order, gaps between ranges included.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(Section section, ArtifactRanges ranges, IReadOnlyList<EncodedTensor> tensors)
    {
        if (section.Content is { } content)
        {
            yield return content;
            yield break;
        }
        long position = 0;
        SectionLayout layout = section.Kind == ArtifactFormat.Codes ? ranges.Codes : section.Kind == ArtifactFormat.Codebooks ? ranges.Codebooks : ranges.Dense;
        for (int i = 0; i < tensors.Count; i++)
        {
            byte[] bytes = section.Kind == ArtifactFormat.Codes ? tensors[i].Codes
                : section.Kind == ArtifactFormat.Codebooks ? tensors[i].Codebook : tensors[i].Dense;
            if (bytes.Length == 0 || layout.IsShared[i]) continue;
            SectionRange range = layout.Ranges[i];
            if (range.Offset > position) yield return new byte[range.Offset - position];
            for (int first = 0; first < bytes.Length; first += PieceBytes) yield return bytes.AsMemory(first, Math.Min(PieceBytes, bytes.Length - first));
            position = range.Offset + range.Length;
        }
    }

    /// <summary>What a file has of a Plan. Lengths are asked for many times, packing takes a while.</summary>
    private sealed record PackedPlan(byte[] Bytes, uint Encoding, IReadOnlyList<PlanWeight> Weights)
    {
        private static readonly ConditionalWeakTable<string, PackedPlan> s_known = [];

        public static PackedPlan Of(string text) => s_known.GetValue(text, static text =>
        {
            (byte[] bytes, uint encoding) = TextPacking.Pack(System.Text.Encoding.UTF8.GetBytes(text));
            IReadOnlyList<PlanWeight> weights = [];
            // A Plan that readers will refuse has none.
            try { weights = PlanText.Parse(text).Weights; }
            catch (Exception e) when (e is FormatException or ArgumentException or ArithmeticException) { }
            return new PackedPlan(bytes, encoding, weights);
        });
    }

    private sealed class Section(uint kind, long length, byte[]? content)
    {
        public uint Kind { get; } = kind;
        public long Length { get; } = length;
        public byte[]? Content { get; } = content;
        public uint Encoding { get; init; }
        public long Offset { get; set; }
        public UInt128 Hash { get; set; }
    }
}
