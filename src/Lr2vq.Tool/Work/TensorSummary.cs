using System;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Data;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Tool.Work;

/// <summary>A tensor in a few numbers. NaN if there are none.</summary>
internal sealed record TensorSummary(double Least, double Largest, double Mean, double[] First)
{
    private const int Shown = 5;

    public static TensorSummary Of(NpyFile tensor)
    {
        double[] values = ToDoubles(tensor);
        return values.Length == 0
            ? new TensorSummary(double.NaN, double.NaN, double.NaN, [])
            : new TensorSummary(values.Min(), values.Max(), values.Average(), values[..Math.Min(Shown, values.Length)]);
    }

    public static string Text(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    /// <summary>All values; none of a type that has no numbers.</summary>
    public static double[] ToDoubles(NpyFile tensor) => tensor.Type switch
    {
        ElementType.Float32 => Widen<float>(tensor, v => v),
        ElementType.Float64 => Widen<double>(tensor, v => v),
        ElementType.Float16 => Widen<Half>(tensor, v => (double)v),
        ElementType.BFloat16 => Widen<ushort>(tensor, v => BitConverter.Int32BitsToSingle(v << 16)),
        ElementType.Int8 or ElementType.Int4 => Widen<sbyte>(tensor, v => v),
        ElementType.Int16 => Widen<short>(tensor, v => v),
        ElementType.Int32 => Widen<int>(tensor, v => v),
        ElementType.Int64 => Widen<long>(tensor, v => v),
        ElementType.UInt8 or ElementType.UInt4 or ElementType.Bool => Widen<byte>(tensor, v => v),
        ElementType.UInt16 => Widen<ushort>(tensor, v => v),
        ElementType.UInt32 => Widen<uint>(tensor, v => v),
        ElementType.UInt64 => Widen<ulong>(tensor, v => v),
        _ when ElementTypes.IsNarrowFloat(tensor.Type) => Widen<byte>(tensor, v => NarrowFloats.ToSingle(tensor.Type, v)),
        _ => [],
    };

    private static double[] Widen<T>(NpyFile tensor, Func<T, double> widen) where T : unmanaged
    {
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(tensor.Bytes);
        double[] wide = new double[values.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = widen(values[i]);
        return wide;
    }
}
