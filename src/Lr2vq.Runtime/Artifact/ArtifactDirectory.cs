using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Lr2vq.Codecs;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;

namespace Lr2vq.Artifacts;

/// <summary>The section <c>tensors</c>: one entry for each tensor.</summary>
/// <remarks>Numbers have 7 bits a byte, lowest first, in their shortest form. The number of entries, then for each:
/// <code>
/// letters shared with the previous name; length of the rest; the rest, UTF-8
/// u8 role   u8 element type   u8 format   groups   rank   dimensions
/// u16 relative error: the upper half of a float
/// length of the parameter record; the record
/// codes: length, then offset if the length is not 0; codebook likewise; dense likewise
/// </code></remarks>
internal static class ArtifactDirectory
{
    private const int MaximumRank = 16;

    /// <summary>Writes the directory and lays out the ranges; ranges of equal content share one place, whatever their tensors are called.</summary>
    /// <param name="parameters">Parameter records; null stands for zeros (when only lengths matter).</param>
    public static ArtifactRanges Write(IReadOnlyList<TensorLengths> tensors, IReadOnlyList<byte[]>? parameters, IReadOnlyList<float>? errors)
    {
        MemoryStream bytes = new();
        ArtifactRanges ranges = new(tensors.Count);
        byte[] previous = [];
        Put(bytes, tensors.Count);
        for (int i = 0; i < tensors.Count; i++)
        {
            TensorLengths tensor = tensors[i];
            TensorIdentity identity = tensor.Identity;
            byte[] name = Encoding.UTF8.GetBytes(identity.Name);
            int common = name.AsSpan().CommonPrefixLength(previous);
            Put(bytes, common);
            Put(bytes, name.Length - common);
            bytes.Write(name, common, name.Length - common);
            previous = name;
            bytes.WriteByte((byte)identity.Role);
            bytes.WriteByte((byte)identity.Type);
            bytes.WriteByte((byte)tensor.Format);
            Put(bytes, identity.Groups);
            Put(bytes, identity.Shape.Length);
            foreach (int dimension in identity.Shape) Put(bytes, dimension);
            uint error = BitConverter.SingleToUInt32Bits(errors is null ? 0f : Math.Max(errors[i], 0f));
            error = (error + 0x8000u) >> 16;
            bytes.WriteByte((byte)error);
            bytes.WriteByte((byte)(error >> 8));
            Put(bytes, tensor.Parameters);
            bytes.Write(parameters is null ? new byte[tensor.Parameters] : parameters[i]);
            Put(bytes, ranges.Codes.Place(i, tensor.Codes));
            Put(bytes, ranges.Codebooks.Place(i, tensor.Codebook));
            Put(bytes, ranges.Dense.Place(i, tensor.Dense));
        }
        ranges.Directory = bytes.ToArray();
        return ranges;
    }

    /// <summary>Reads a directory; every range is checked against its section.</summary>
    public static TensorEntry[] Read(ReadOnlySpan<byte> section, long codes, long codebooks, long dense)
    {
        SectionReader reader = new(section, "tensors");
        // An entry has at least 12 bytes, so the array is not larger than the file justifies.
        TensorEntry[] entries = new TensorEntry[reader.Int("the number of tensors", 0, section.Length / 12)];
        HashSet<string> names = new(StringComparer.Ordinal);
        HashSet<(uint Section, SectionRange)> known = [];
        long Shared(uint section, SectionRange range) => range.Length > 0 && !known.Add((section, range)) ? range.Length : 0;
        byte[] name = [];
        for (int i = 0; i < entries.Length; i++)
        {
            int start = reader.Position;
            int common = reader.Int("a name's prefix", 0, name.Length), rest = reader.Int("a name's length", 0, section.Length);
            name = [.. name.AsSpan(0, common), .. reader.Take("a name", rest)];
            string text = new SectionReader(name, "tensors").Text("a name", name.Length);
            if (!names.Add(text)) throw reader.Wrong("a name", start, "is there twice");
            WeightRole role = (WeightRole)reader.Take("a role", 1)[0];
            ElementType type = (ElementType)reader.Take("an element type", 1)[0];
            TensorFormat format = (TensorFormat)reader.Take("a format", 1)[0];
            int groups = reader.Int("groups", 1, int.MaxValue);
            int[] shape = new int[reader.Int("a rank", 0, MaximumRank)];
            long elements = 1;
            for (int d = 0; d < shape.Length; d++)
            {
                shape[d] = reader.Int("a dimension", 0, int.MaxValue);
                elements *= shape[d];
                if (elements > int.MaxValue) throw reader.Wrong("a dimension", start, "makes the tensor too large");
            }
            float error = BitConverter.UInt32BitsToSingle((uint)reader.UInt16("an error") << 16);
            int length = reader.Int("the length of parameters", 0, section.Length);
            SectionRange parameters = new(reader.Position, length);
            reader.Take("parameters", length);
            SectionRange code = ReadRange(ref reader, "codes", codes);
            SectionRange book = ReadRange(ref reader, "a codebook", codebooks), values = ReadRange(ref reader, "dense values", dense);
            entries[i] = new TensorEntry
            {
                Name = text, Role = role, Type = type, Shape = shape, Groups = groups, Format = format, RelativeError = error,
                Parameters = parameters, Codes = code, Codebook = book, Dense = values,
                SharedBytes = Shared(ArtifactFormat.Codes, code) + Shared(ArtifactFormat.Codebooks, book) + Shared(ArtifactFormat.Dense, values),
            };
            if (Problem(entries[i]) is { } problem)
                throw new InvalidArtifactException(DiagnosticCatalogue.InvalidTensor.At(new(Tensor: text), text, problem));
        }
        if (!reader.AtEnd) throw reader.Wrong("the end", reader.Position, "is expected");
        return entries;
    }

    /// <summary>Writes a number in groups of 7 bits, as <see cref="SectionReader.Number"/> reads it.</summary>
    internal static void Put(MemoryStream bytes, long value)
    {
        ulong rest = (ulong)value;
        for (; rest >= 0x80; rest >>= 7) bytes.WriteByte((byte)(rest | 0x80));
        bytes.WriteByte((byte)rest);
    }

    private static void Put(MemoryStream bytes, SectionRange range)
    {
        Put(bytes, range.Length);
        if (range.Length > 0) Put(bytes, range.Offset);
    }

    private static SectionRange ReadRange(ref SectionReader reader, string field, long sectionLength)
    {
        int start = reader.Position;
        long length = reader.Number(field, 0, long.MaxValue), offset = length == 0 ? 0 : reader.Number(field, 0, long.MaxValue);
        if (offset > sectionLength || length > sectionLength - offset)
            throw reader.Wrong(field, start, FormattableString.Invariant($"needs bytes {offset} to {(decimal)offset + length} of {sectionLength}"));
        return new SectionRange(offset, length);
    }

    /// <summary>What is wrong with role, type and shape together, or null.</summary>
    private static string? Problem(TensorEntry t)
    {
        int rank = t.Shape.Length;
        bool fits = t.Role switch
        {
            WeightRole.Constant => true,
            WeightRole.Bias => t.Type == ElementType.Float32,
            WeightRole.Conv or WeightRole.ConvTranspose => rank is 3 or 4 && t.Type == ElementType.Float32 && t.Shape[0] % t.Groups == 0,
            WeightRole.MatMul or WeightRole.Gemm or WeightRole.Gather => rank == 2 && t.Type == ElementType.Float32,
            _ => false,
        };
        if (!fits) return FormattableString.Invariant($"cannot have role {(int)t.Role}, type {(int)t.Type}, {rank} dimensions and {t.Groups} groups");
        if (t.Role == WeightRole.ConvTranspose && (long)t.Shape[1] * t.Groups > int.MaxValue) return "is too large";
        int size = ElementTypes.ByteLength(t.Type);
        if (size == 0) return FormattableString.Invariant($"has the element type {(int)t.Type}, which no weight can have");
        if (t.Type != ElementType.Float32 && t.Format == TensorFormat.Dense && t.Dense.Length != t.Elements * size)
            return FormattableString.Invariant($"has {t.Dense.Length} bytes of values instead of {t.Elements * size}");
        return null;
    }
}
