using System;
using System.Collections.Generic;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

internal static partial class OperatorCases
{
    private static ElementType[] NumberTypes => [ElementType.Float32, ElementType.Int32, ElementType.Int64];

    private static void AddBroadcasts(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        void Binary(string name, string op, int opset, Func<Draw, int[], HostTensor> left, Func<Draw, int[], HostTensor> right,
            Func<Draw, (string, object)[]>? attributes = null) => cases[name] = draw =>
        {
            (int[] a, int[] b) = TwoShapes(draw);
            return new(op, opset, ("a", left(draw, a)), ("b", right(draw, b))) { Attributes = attributes?.Invoke(draw) ?? [] };
        };

        foreach (ElementType type in NumberTypes)
        {
            foreach (string op in new[] { "Add", "Sub", "Mul", "Min", "Max", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal" })
                Binary($"{op} {type}", op, 16, (draw, shape) => Some(draw, type, shape), (draw, shape) => Some(draw, type, shape));
            Binary($"Div {type}", "Div", 14, (draw, shape) => draw.Numbers(type, -90, 90, shape), (draw, shape) => NotZero(draw.Numbers(type, -9, 9, shape)));
            if (type == ElementType.Float32) continue;
            Binary($"Pow {type}", "Pow", 15, (draw, shape) => draw.Numbers(type, -9, 9, shape), (draw, shape) => draw.Numbers(type, 0, 5, shape));
            Binary($"Mod {type}", "Mod", 13, (draw, shape) => draw.Numbers(type, -90, 90, shape), (draw, shape) => NotZero(draw.Numbers(type, -9, 9, shape)),
                draw => [("fmod", draw.Int(0, 1))]);
            foreach (string op in new[] { "BitwiseAnd", "BitwiseOr", "BitwiseXor" })
                Binary($"{op} {type}", op, 18, (draw, shape) => draw.Numbers(type, -90, 90, shape), (draw, shape) => draw.Numbers(type, -90, 90, shape));
        }
        Binary("Pow", "Pow", 15, (draw, shape) => draw.Floats(0.1f, 4, shape), (draw, shape) => draw.Floats(-2, 3, shape));
        cases["Pow by a number"] = draw => new("Pow", 15, ("a", draw.Floats(0.1f, 4, draw.Shape(1, 4))),
            ("b", HostTensor.Scalar(draw.Pick(2f, 3f, 0.5f, -1f, 1f, 1.7f, -0.5f))));
        Binary("Mod", "Mod", 13, (draw, shape) => draw.Floats(-9, 9, shape), (draw, shape) => NotZero(draw.Floats(-3, 3, shape)), _ => [("fmod", 1)]);
        foreach (string op in new[] { "And", "Or", "Xor", "Equal" })
            Binary($"{op} Bool", op, 13, (draw, shape) => draw.Bools(shape), (draw, shape) => draw.Bools(shape));
        cases["PRelu"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            return new("PRelu", 16, ("x", draw.Floats(shape)), ("slope", draw.Floats(draw.BroadcastTo(shape))));
        };
        cases["BitShift"] = draw =>
        {
            (int[] a, int[] b) = TwoShapes(draw);
            HostTensor left = draw.Ints(0, int.MaxValue, a), right = draw.Ints(0, 31, b);
            return new("BitShift", 11, ("a", left with { Type = ElementType.UInt32 }), ("b", right with { Type = ElementType.UInt32 }))
            {
                Attributes = [("direction", draw.Pick("LEFT", "RIGHT"))],
                RunsAlone = false,
            };
        };
        cases["Where"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            ElementType type = draw.Pick(NumberTypes);
            return new("Where", 16, ("condition", draw.Bools(draw.BroadcastTo(shape))), ("a", draw.Numbers(type, -50, 50, shape)),
                ("b", draw.Numbers(type, -50, 50, draw.BroadcastTo(shape))));
        };

        // Blocked: one shape, one value for each channel, one value.
        foreach (string op in new[] { "Add", "Sub", "Mul", "Div", "Min", "Max", "PRelu" })
            cases[$"{op} on blocks"] = draw =>
            {
                int[] shape = draw.Shape(4);
                shape[1] = draw.Pick(1, 3, 16, 17, 40);
                int[] other = draw.Int(0, 3) switch
                {
                    0 => [1, shape[1], 1, 1],
                    1 => [shape[0], shape[1], 1, 1],
                    2 => [],
                    _ => shape,
                };
                return new(op, 16, ("a", draw.Floats(shape)), ("b", NotZero(draw.Floats(other)))) { CanBeBlocked = true };
            };
    }

    /// <summary>Two shapes that broadcast with each other.</summary>
    private static (int[] A, int[] B) TwoShapes(Draw draw)
    {
        int[] shape = draw.Shape(1, 5);
        return draw.Int(0, 3) switch
        {
            0 => (shape, shape),
            1 => (shape, draw.BroadcastTo(shape)),
            2 => (draw.BroadcastTo(shape), shape),
            _ => (draw.BroadcastTo(shape), draw.BroadcastTo(shape)),
        };
    }

    /// <summary>Few different numbers, so that comparisons meet equal ones.</summary>
    private static HostTensor Some(Draw draw, ElementType type, int[] shape)
    {
        HostTensor numbers = draw.Numbers(type, -3, 3, shape);
        if (type == ElementType.Float32 && draw.Chance())
            foreach (ref float value in numbers.Values<float>()) value = MathF.Round(value);
        return numbers;
    }

    private static HostTensor NotZero(HostTensor x)
    {
        if (x.Type == ElementType.Float32)
        {
            foreach (ref float value in x.Values<float>())
                if (MathF.Abs(value) < 0.1f) value = 0.5f;
        }
        else if (x.Type == ElementType.Int32)
        {
            foreach (ref int value in x.Values<int>())
                if (value == 0) value = 7;
        }
        else
        {
            foreach (ref long value in x.Values<long>())
                if (value == 0) value = 7;
        }
        return x;
    }
}
