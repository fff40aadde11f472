using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>How numbers become floats of 8 and 4 bits: what the attributes of a node say.</summary>
internal readonly record struct NarrowCast(bool Saturate, PowerRounding Rounding)
{
    /// <exception cref="FormatException">An attribute is wrong.</exception>
    public static NarrowCast Read(StepAttributes attributes) => new(attributes.Int("saturate", 1) != 0, attributes.Text("round", "up") switch
    {
        "up" => PowerRounding.Up,
        "down" => PowerRounding.Down,
        "nearest" => PowerRounding.Nearest,
        var other => throw new FormatException($"rounding '{other}' is not known"),
    });

    public byte Of(ElementType type, float value) =>
        type == ElementType.Float8E8M0 ? NarrowFloats.ToPower(value, Rounding, Saturate) : NarrowFloats.FromSingle(type, value, Saturate);
}
