using System;
using System.Collections.Generic;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;

namespace Lr2vq.Onnx;

/// <summary>TensorProto → <see cref="OnnxTensor"/>: finds and measures the payload and checks it against the dimensions.</summary>
internal sealed class TensorParser(MappedFile file, ExternalFiles external, ProblemList problems)
{
    /// <summary>Highest rank that is believed.</summary>
    public const int MaxRank = 32;

    private readonly byte[] _block = new byte[1 << 16];

    /// <summary>Name of the tensor that was refused last.</summary>
    public string Refused { get; private set; } = "";

    /// <summary>Parses the tensor that is the current field; null if it is unusable, which the problem list then says.</summary>
    /// <param name="owner">The node that has the tensor as an attribute; null for an initializer.</param>
    public OnnxTensor? Parse(WireReader wire, string? owner)
    {
        var dims = new List<long>();
        var locations = new Dictionary<string, string>(StringComparer.Ordinal);
        var strings = new List<byte[]>();
        string name = "";
        long type = 0, location = 0;
        bool segmented = false;
        (long Offset, long Length)? raw = null;
        TypedField typed = default;
        long outer = wire.Enter(), start = wire.Position, end = wire.End;
        while (wire.Next())
        {
            switch (wire.Field)
            {
                case 1: wire.Int64s(dims); break;
                case 2: type = wire.Int64(); break;
                case 3: segmented = true; wire.Skip(); break;
                case 4 or 5 or 7 or 10 or 11: Measure(wire, ref typed); break;
                case 6: strings.Add(wire.Bytes(1 << 26)); break;
                case 8: name = wire.Text(); break;
                case 9: raw = wire.Range(); break;
                case 13: KeyValue(wire, locations); break;
                case 14: location = wire.Int64(); break;
                default: wire.Skip(); break;
            }
        }
        wire.Leave(outer);
        Refused = name;

        string label = name.Length > 0 ? name : owner is null ? "" : "of " + owner;
        if (name.Length == 0 && owner is null)
        {
            problems.Add(DiagnosticCatalogue.NameMissing, default, "An initializer", "name");
            return null;
        }
        var place = new DiagnosticPlace(null, owner, name.Length > 0 ? name : null);
        ElementType element = OnnxDataType.ToElementType(type);
        if (segmented || element == ElementType.Undefined)
        {
            problems.Add(DiagnosticCatalogue.TensorTypeUnsupported, place, label, segmented ? "segment of another tensor" : OnnxDataType.Name(type));
            return null;
        }
        if (!TryCount(dims, out long count, out string reason))
        {
            problems.Add(DiagnosticCatalogue.TensorDimensionsInvalid, place, label, Join(dims), reason);
            return null;
        }
        if (element == ElementType.String)
        {
            if (strings.Count != count) Mismatch(count + " strings", strings.Count.ToString(CultureInfo.InvariantCulture));
            return new OnnxTensor(name, (int)type, [.. dims], new MemoryPayload([]), [.. strings]);
        }

        bool nibbles = ElementTypes.IsNibble(element);
        long bytes = nibbles ? (count + 1) / 2 : count * OnnxDataType.Bytes(element);
        TensorPayload payload;
        if (location == 1 || locations.Count > 0) payload = external.Find(name.Length > 0 ? name : label, place, locations, bytes) ?? new MissingPayload();
        else if (raw is { } range)
        {
            if (range.Length != bytes) Mismatch(bytes + " bytes", range.Length + " bytes");
            payload = new FilePayload(file, range.Offset);
        }
        else
        {
            int field = OnnxDataType.TypedField(element), width = nibbles ? 1 : OnnxDataType.Bytes(element);
            long values = typed.Field == field ? typed.Count : 0, needed = nibbles ? bytes : count;
            if (values != needed || (typed.Field != 0 && typed.Field != field))
                Mismatch(needed + " values in field " + field, typed.Field == 0 ? "none" : typed.Count + " in field " + typed.Field);
            payload = typed.Field is 4 or 10 && typed.Parts == 1 && typed.Packed
                ? new FilePayload(file, typed.Offset)
                : new TypedPayload(file, start, end, field, width);
        }
        return new OnnxTensor(name, (int)type, [.. dims], payload);

        void Mismatch(string needs, string has) => problems.Add(DiagnosticCatalogue.TensorLengthMismatch, place,
            label, OnnxDataType.Name(type), Join(dims), needs, has);
    }

    /// <summary>Reads over a SparseTensorProto and refuses it by the name of its values.</summary>
    public void RefuseSparse(WireReader wire)
    {
        string name = "";
        long outer = wire.Enter();
        while (wire.Next())
        {
            if (wire.Field != 1)
            {
                wire.Skip();
                continue;
            }
            long outerValues = wire.Enter();
            while (wire.Next())
            {
                if (wire.Field == 8) name = wire.Text();
                else wire.Skip();
            }
            wire.Leave(outerValues);
        }
        wire.Leave(outer);
        Refused = name;
        problems.Add(DiagnosticCatalogue.SparseInitializer, new DiagnosticPlace(null, null, name), name);
    }

    private static bool TryCount(List<long> dims, out long count, out string reason)
    {
        count = 1;
        reason = "";
        if (dims.Count > MaxRank) reason = "more than " + MaxRank + " of them";
        foreach (long dimension in dims)
        {
            if (dimension < 0) reason = "one is negative";
            else if (dimension > int.MaxValue) reason = "one is above 2147483647";
        }
        if (reason.Length > 0) return false;
        // A zero does not excuse the others: whoever multiplies in another order overflows before it.
        foreach (long dimension in dims)
        {
            if (count > long.MaxValue / 16 / Math.Max(1, dimension))
            {
                reason = "their product overflows";
                return false;
            }
            count *= Math.Max(1, dimension);
        }
        if (dims.Contains(0)) count = 0;
        return true;
    }

    private static string Join(List<long> dims) => dims.Count <= 12 ? string.Join(",", dims) : string.Join(",", dims.GetRange(0, 12)) + ",…";

    internal static void KeyValue(WireReader wire, Dictionary<string, string> entries)
    {
        string key = "", value = "";
        long outer = wire.Enter();
        while (wire.Next())
        {
            if (wire.Field == 1) key = wire.Text();
            else if (wire.Field == 2) value = wire.Text();
            else wire.Skip();
        }
        wire.Leave(outer);
        entries[key] = value;
    }

    /// <summary>Counts the values of one typed field, or of one part of it.</summary>
    private void Measure(WireReader wire, ref TypedField typed)
    {
        if (typed.Field != 0 && typed.Field != wire.Field) throw wire.Wrong("a tensor has values in two fields");
        typed.Field = wire.Field;
        typed.Parts++;
        int fixedBytes = wire.Field switch { 4 => 4, 10 => 8, _ => 0 };
        if (!wire.IsDelimited)
        {
            typed.Count++;
            wire.Single(fixedBytes);
            return;
        }
        (long offset, long length) = wire.Range();
        typed.Packed = true;
        typed.Offset = offset;
        if (fixedBytes == 0) typed.Count += CountVarints(offset, length);
        else if (length % fixedBytes != 0) throw wire.Wrong("packed values of " + fixedBytes + " bytes fill " + length + " bytes");
        else typed.Count += length / fixedBytes;
    }

    /// <summary>Numbers end with a byte below 128, so counting those bytes is enough.</summary>
    private long CountVarints(long offset, long length)
    {
        long count = 0;
        while (length > 0)
        {
            Span<byte> block = _block.AsSpan(0, (int)Math.Min(length, _block.Length));
            file.Read(offset, block);
            int words = block.Length / 8;
            foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(block[..(words * 8)])) count += BitOperations.PopCount(~word & 0x8080808080808080);
            foreach (byte last in block[(words * 8)..]) count += last < 0x80 ? 1 : 0;
            offset += block.Length;
            length -= block.Length;
        }
        return count;
    }

    private struct TypedField
    {
        public int Field;
        public long Count;
        public int Parts;
        public bool Packed;
        public long Offset;
    }
}
