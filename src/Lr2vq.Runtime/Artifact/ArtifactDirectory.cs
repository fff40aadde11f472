using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Lr2vq.Codecs;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;

namespace Lr2vq.Artifacts;

/// <summary>The section <c>tensors</c>: one entry for each tensor.</summary>
/// <remarks>Numbers have 7 bits a byte, lowest first, in their shortest form. The number of entries, then for each:
/// <code>
/// from version 3 on u8: 1 if it is the Plan's weight in this place, which has its name, role, type, groups and shape; else 0
/// unless it is: letters shared with the previous name; length of the rest; the rest, UTF-8
/// unless it is: u8 role   u8 element type   groups   rank   dimensions
/// u8 format (before version 3 behind the element type)
/// u16 relative error: the upper half of a float
/// length of the parameter record; the record
/// codes: length, then offset if the length is not 0; codebook likewise; dense likewise
/// </code></remarks>
internal static class ArtifactDirectory
{
    private const int MaximumRank = 16;
    private const byte Planned = 1;

    /// <summary>Writes the directory and lays out the ranges; ranges of equal content share one place, whatever their tensors are called.</summary>
    /// <param name="planned">The Plan's weights.</param>
    /// <param name="parameters">Parameter records; null stands for zeros (when only lengths matter).</param>
    public static ArtifactRanges Write(IReadOnlyList<TensorLengths> tensors, IReadOnlyList<PlanWeight> planned, IReadOnlyList<byte[]>? parameters, IReadOnlyList<float>? errors)
    {
        MemoryStream bytes = new();
        ArtifactRanges ranges = new(tensors.Count);
        byte[] previous = [];
        Put(bytes, tensors.Count);
        for (int i = 0; i < tensors.Count; i++)
        {
            TensorLengths tensor = tensors[i];
            TensorIdentity identity = tensor.Identity;
            bool isPlanned = i < planned.Count && IsOf(identity, planned[i]);
            bytes.WriteByte(isPlanned ? Planned : (byte)0);
            if (!isPlanned)
            {
                byte[] name = Encoding.UTF8.GetBytes(identity.Name);
                int common = name.AsSpan().CommonPrefixLength(previous);
                Put(bytes, common);
                Put(bytes, name.Length - common);
                bytes.Write(name, common, name.Length - common);
                previous = name;
                bytes.WriteByte((byte)identity.Role);
                bytes.WriteByte((byte)identity.Type);
                Put(bytes, identity.Groups);
                Put(bytes, identity.Shape.Length);
                foreach (int dimension in identity.Shape) Put(bytes, dimension);
            }
            bytes.WriteByte((byte)tensor.Format);
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
    /// <param name="planned">The Plan's weights; null for files before version 3.</param>
    public static TensorEntry[] Read(ReadOnlySpan<byte> section, long codes, long codebooks, long dense, IReadOnlyList<PlanWeight>? planned)
    {
        SectionReader reader = new(section, "tensors");
        // An entry has at least 8 bytes, so the array is not larger than the file justifies.
        TensorEntry[] entries = new TensorEntry[reader.Int("the number of tensors", 0, section.Length / 8)];
        HashSet<string> names = new(StringComparer.Ordinal);
        HashSet<Place> known = [];
        long Shared(uint section, SectionRange range) => range.Length > 0 && !known.Add(new Place(section, range.Offset, range.Length)) ? range.Length : 0;
        byte[] name = [];
        for (int i = 0; i < entries.Length; i++)
        {
            int start = reader.Position;
            TensorIdentity identity;
            TensorFormat format = default;
            if (planned is not null && reader.Take("a kind of entry", 1)[0] is var kind && kind != 0)
            {
                if (kind != Planned || i >= planned.Count) throw reader.Wrong("a kind of entry", start, "is not known");
                identity = TensorIdentity.Of(planned[i]);
            }
            else
            {
                int common = reader.Int("a name's prefix", 0, name.Length), rest = reader.Int("a name's length", 0, section.Length);
                name = [.. name.AsSpan(0, common), .. reader.Take("a name", rest)];
                string spelled = new SectionReader(name, "tensors").Text("a name", name.Length);
                WeightRole role = (WeightRole)reader.Take("a role", 1)[0];
                ElementType type = (ElementType)reader.Take("an element type", 1)[0];
                if (planned is null) format = (TensorFormat)reader.Take("a format", 1)[0];
                int groups = reader.Int("groups", 1, int.MaxValue);
                int[] shape = new int[reader.Int("a rank", 0, MaximumRank)];
                for (int d = 0; d < shape.Length; d++) shape[d] = reader.Int("a dimension", 0, int.MaxValue);
                identity = new TensorIdentity(spelled, role, type, shape, groups);
            }
            if (planned is not null) format = (TensorFormat)reader.Take("a format", 1)[0];
            if (!names.Add(identity.Name)) throw reader.Wrong("a name", start, "is there twice");
            if (identity.Shape.Length > MaximumRank) throw reader.Wrong("a rank", start, "is too large");
            long elements = 1;
            foreach (int dimension in identity.Shape)
            {
                elements *= dimension;
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
                Name = identity.Name, Role = identity.Role, Type = identity.Type, Shape = identity.Shape, Groups = identity.Groups, Format = format, RelativeError = error,
                Parameters = parameters, Codes = code, Codebook = book, Dense = values,
                SharedBytes = Shared(ArtifactFormat.Codes, code) + Shared(ArtifactFormat.Codebooks, book) + Shared(ArtifactFormat.Dense, values),
            };
            if (Problem(entries[i]) is { } problem)
                throw new InvalidArtifactException(DiagnosticCatalogue.InvalidTensor.At(new(Tensor: identity.Name), identity.Name, problem));
        }
        if (!reader.AtEnd) throw reader.Wrong("the end", reader.Position, "is expected");
        return entries;
    }

    private static bool IsOf(TensorIdentity identity, PlanWeight planned) => identity.Name == planned.Name && identity.Role == planned.Role && identity.Type == planned.Type
        && identity.Groups == planned.Groups && planned.Shape.SequenceEqual(identity.Shape);

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

    /// <summary>A range of a section. A class: collections of structs are compiled for each of them.</summary>
    private sealed class Place(uint section, long offset, long length)
    {
        private readonly uint _section = section;
        private readonly long _offset = offset, _length = length;

        public override bool Equals(object? other) => other is Place place && place._section == _section && place._offset == _offset && place._length == _length;

        public override int GetHashCode() => HashCode.Combine(_section, _offset, _length);
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
