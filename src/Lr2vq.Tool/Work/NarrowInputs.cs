using System;
using Lr2vq.Kernels;

namespace Lr2vq.Tool.Work;

/// <summary>Random values of inputs of 4 bits, and of floats of 8.</summary>
internal static class NarrowInputs
{
    public static byte Random(ElementType type, Random random) => type switch
    {
        ElementType.UInt4 => (byte)random.Next(16),
        ElementType.Int4 => (byte)random.Next(-8, 8),
        ElementType.Float8E8M0 => NarrowFloats.ToPower(random.NextSingle() + 0.5f, PowerRounding.Nearest, saturate: true),
        _ => NarrowFloats.FromSingle(type, random.NextSingle() * 2 - 1, saturate: true),
    };
}
