using System;
using System.Numerics;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>How a scatter joins an update with what is there (ONNX attribute <c>reduction</c>).</summary>
internal enum ScatterReduction
{
    None,
    Add,
    Mul,
    Max,
    Min,
}

/// <summary>Reads and applies a <see cref="ScatterReduction"/>.</summary>
internal static unsafe class ScatterUpdate
{
    public static ScatterReduction Read(StepAttributes attributes) => attributes.Text("reduction", "none") switch
    {
        "none" => ScatterReduction.None,
        "add" => ScatterReduction.Add,
        "mul" => ScatterReduction.Mul,
        "max" => ScatterReduction.Max,
        "min" => ScatterReduction.Min,
        string other => throw new FormatException($"Reduction '{other}' is not known."),
    };

    /// <summary>A reduction computes with numbers that it knows.</summary>
    public static void Check(ScatterReduction reduction, RuleTensor data)
    {
        if (reduction == ScatterReduction.None) return;
        data.Is(ElementType.Float32, ElementType.Float64, ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64,
            ElementType.UInt8, ElementType.UInt16, ElementType.UInt32, ElementType.UInt64);
    }

    /// <summary>Joins <paramref name="count"/> neighbouring elements.</summary>
    public static void Apply(ScatterReduction reduction, ElementType type, byte* data, byte* update, long count)
    {
        if (reduction == ScatterReduction.None)
        {
            long bytes = count * ElementTypes.ByteLength(type);
            Buffer.MemoryCopy(update, data, bytes, bytes);
            return;
        }
        switch (type)
        {
            case ElementType.Float32: Join(reduction, (float*)data, (float*)update, count); break;
            case ElementType.Float64: Join(reduction, (double*)data, (double*)update, count); break;
            case ElementType.Int8: Join(reduction, (sbyte*)data, (sbyte*)update, count); break;
            case ElementType.Int16: Join(reduction, (short*)data, (short*)update, count); break;
            case ElementType.UInt8: Join(reduction, data, update, count); break;
            case ElementType.UInt16: Join(reduction, (ushort*)data, (ushort*)update, count); break;
            case ElementType.UInt32: Join(reduction, (uint*)data, (uint*)update, count); break;
            case ElementType.UInt64: Join(reduction, (ulong*)data, (ulong*)update, count); break;
            case ElementType.Int32: Join(reduction, (int*)data, (int*)update, count); break;
            case ElementType.Int64: Join(reduction, (long*)data, (long*)update, count); break;
            default: throw UnexpectedType.Of(type);
        }
    }

    private static void Join<T>(ScatterReduction reduction, T* data, T* update, long count) where T : unmanaged, INumber<T>
    {
        for (long i = 0; i < count; i++)
            data[i] = reduction switch
            {
                ScatterReduction.Add => data[i] + update[i],
                ScatterReduction.Mul => data[i] * update[i],
                ScatterReduction.Max => T.Max(data[i], update[i]),
                _ => T.Min(data[i], update[i]),
            };
    }
}
