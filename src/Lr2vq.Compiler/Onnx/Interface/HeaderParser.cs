using System;
using System.Collections.Generic;
using System.Globalization;
using Lr2vq.Plans;

namespace Lr2vq.Onnx;

/// <summary>Messages of an ONNX file that both the header and the whole model are made of.</summary>
internal static class HeaderParser
{
    /// <summary>Reads the OperatorSetIdProto that is the current field. The ONNX operators' domain is the empty string.</summary>
    public static void OpsetImport(WireReader wire, Dictionary<string, int> imports)
    {
        string domain = "";
        long version = 0;
        long outer = wire.Enter();
        while (wire.Next())
        {
            if (wire.Field == 1) domain = wire.Text();
            else if (wire.Field == 2) version = wire.Int64();
            else wire.Skip();
        }
        wire.Leave(outer);
        imports[Domain(domain)] = (int)Math.Max(int.MinValue, Math.Min(int.MaxValue, version));
    }

    /// <summary>Two names of one domain become one.</summary>
    public static string Domain(string domain) => domain == "ai.onnx" ? "" : domain;

    /// <summary>Reads the ValueInfoProto that is the current field.</summary>
    public static OnnxValueInfo ValueInfo(WireReader wire)
    {
        string name = "", doc = "";
        string? notTensor = null;
        long type = 0;
        List<OnnxDimension>? dims = null;
        bool dictionaries = false;
        long outer = wire.Enter();
        while (wire.Next())
        {
            switch (wire.Field)
            {
                case 1: name = wire.Text(); break;
                case 2:
                    long outerType = wire.Enter();
                    while (wire.Next())
                    {
                        notTensor = wire.Field switch
                        {
                            1 => null, 4 => "a sequence", 5 => "a map", 7 => "an opaque value", 8 => "a sparse tensor", 9 => "an optional value", _ => notTensor,
                        };
                        dictionaries = false;
                        if (wire.Field == 1) TensorType(wire, out type, out dims);
                        else if (wire.Field == 4) dictionaries = AreDictionaries(wire);
                        else wire.Skip();
                    }
                    wire.Leave(outerType);
                    break;
                case 3: doc = wire.LongText(); break;
                default: wire.Skip(); break;
            }
        }
        wire.Leave(outer);
        ElementType known = type is >= 1 and <= 13 or >= 16 and <= 24 ? (ElementType)type : ElementType.Undefined;
        if (notTensor is null && type != 0 && known == ElementType.Undefined) notTensor = "a tensor of the element type " + type.ToString(CultureInfo.InvariantCulture);
        return dictionaries ? OnnxValueInfo.OfDictionaries(name, doc) : new OnnxValueInfo(name, known, dims, doc, notTensor);
    }

    /// <summary>Reads the type of a sequence: whether it has dictionaries of floats, as classical models give scores of classes.</summary>
    private static bool AreDictionaries(WireReader wire) => Inside(wire, 1, () => Inside(wire, 5, () => Inside(wire, 2, () => Inside(wire, 1, () => IsFloat(wire)))));

    /// <summary>What a message says of one of its fields; false if it lacks that.</summary>
    private static bool Inside(WireReader wire, int field, Func<bool> read)
    {
        bool holds = false;
        long outer = wire.Enter();
        while (wire.Next())
            if (wire.Field == field) holds = read();
            else wire.Skip();
        wire.Leave(outer);
        return holds;
    }

    private static bool IsFloat(WireReader wire)
    {
        TensorType(wire, out long type, out _);
        return type == (long)ElementType.Float32;
    }

    private static void TensorType(WireReader wire, out long type, out List<OnnxDimension>? dims)
    {
        type = 0;
        dims = null;
        long outer = wire.Enter();
        while (wire.Next())
        {
            if (wire.Field == 1) type = wire.Int64();
            else if (wire.Field == 2)
            {
                dims = new List<OnnxDimension>();
                long outerShape = wire.Enter();
                while (wire.Next())
                {
                    if (wire.Field == 1) dims.Add(Dimension(wire));
                    else wire.Skip();
                }
                wire.Leave(outerShape);
            }
            else wire.Skip();
        }
        wire.Leave(outer);
    }

    private static OnnxDimension Dimension(WireReader wire)
    {
        OnnxDimension dimension = OnnxDimension.Unknown;
        long outer = wire.Enter();
        while (wire.Next())
        {
            if (wire.Field == 1)
            {
                // Some exporters write -1 for a dimension that they do not know.
                long number = wire.Int64();
                dimension = number == -1 ? OnnxDimension.Unknown : OnnxDimension.Of(number);
            }
            else if (wire.Field == 2)
            {
                string symbol = wire.Text();
                dimension = symbol.Length == 0 ? OnnxDimension.Unknown : OnnxDimension.Of(symbol);
            }
            else wire.Skip();
        }
        wire.Leave(outer);
        return dimension;
    }
}
