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
