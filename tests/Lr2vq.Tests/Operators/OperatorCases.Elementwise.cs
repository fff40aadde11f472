using System;
using System.Collections.Generic;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

internal static partial class OperatorCases
{
    private static void AddElementwise(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        void Unary(string op, int opset, float low, float high, params (string Name, float Low, float High)[] attributes) =>
            cases[op] = draw => new(op, opset, ("x", draw.Floats(low, high, draw.Shape(1, 4))))
            {
                Attributes = Array.ConvertAll(attributes, a => (a.Name, (object)draw.Float(a.Low, a.High))),
                CanBeBlocked = true,
            };

        Unary("Relu", 14, -3, 3);
        Unary("LeakyRelu", 16, -3, 3, ("alpha", -0.5f, 0.5f));
        Unary("Elu", 7, -5, 3, ("alpha", 0.1f, 2f));
        Unary("Selu", 7, -5, 3, ("alpha", 0.1f, 2f), ("gamma", 0.5f, 2f));
        Unary("Celu", 12, -5, 3, ("alpha", 0.3f, 2f));
        // The oracle's sigmoid is exact to a part of 1, not of a small result.
        cases["Sigmoid"] = draw => new("Sigmoid", 13, ("x", draw.Floats(-20, 20, draw.Shape(1, 4)))) { CanBeBlocked = true, Tolerance = Tolerance.Absolute(3e-7) };
        Unary("HardSigmoid", 7, -4, 4, ("alpha", 0.1f, 0.5f), ("beta", 0.2f, 0.7f));
        Unary("HardSwish", 14, -4, 4);
        Unary("Mish", 18, -20, 20);
        Unary("Softplus", 7, -20, 20);
        Unary("Softsign", 7, -5, 5);
        Unary("Tanh", 13, -5, 5);
        Unary("Erf", 13, -4, 4);
        Unary("Exp", 13, -10, 10);
        Unary("Log", 13, 1e-3f, 100);
        Unary("Sqrt", 13, 0, 100);
        Unary("Reciprocal", 13, 0.1f, 5);
        Unary("Floor", 13, -5, 5);
        Unary("Ceil", 13, -5, 5);
        Unary("Sign", 13, -5, 5);
        Unary("ThresholdedRelu", 10, -3, 3, ("alpha", -1f, 1f));
        Unary("Shrink", 9, -3, 3, ("lambd", 0.1f, 1f), ("bias", -0.5f, 0.5f));
        Unary("Sin", 7, -10, 10);
        Unary("Cos", 7, -10, 10);
        Unary("Tan", 7, -1.5f, 1.5f);
        Unary("Asin", 7, -1, 1);
        Unary("Acos", 7, -1, 1);
        Unary("Atan", 7, -10, 10);
        Unary("Sinh", 9, -5, 5);
        Unary("Cosh", 9, -5, 5);
        Unary("Asinh", 9, -10, 10);
        Unary("Acosh", 9, 1, 10);
        Unary("Atanh", 9, -0.9f, 0.9f);

        // Halves of both parities.
        cases["Round"] = draw =>
        {
            HostTensor x = draw.Ints(-20, 20, draw.Shape(1, 4));
            return new("Round", 11, ("x", HostTensor.Of(Array.ConvertAll(x.Values<int>().ToArray(), v => v / 4f), x.Shape))) { CanBeBlocked = true };
        };
        foreach (ElementType type in new[] { ElementType.Float32, ElementType.Int32, ElementType.Int64 })
        {
            foreach (string op in new[] { "Abs", "Neg", "Sign", "Relu" })
            {
                if (op == "Relu" && type == ElementType.Int64) continue;
                cases[$"{op} {type}"] = draw => new(op, 14, ("x", draw.Numbers(type, -50, 50, draw.Shape(1, 4)))) { CanBeBlocked = true };
            }
            cases[$"Clip {type}"] = draw => new("Clip", 13, ("x", draw.Numbers(type, -50, 50, draw.Shape(1, 4))),
                ("low", draw.Chance(0.8) ? draw.Numbers(type, -30, 0) : null), ("high", draw.Chance(0.8) ? draw.Numbers(type, -5, 40) : null));
        }
        cases["Clip attributes"] = draw => new("Clip", 7, ("x", draw.Floats(draw.Shape(1, 4))))
        {
            Attributes = [("min", draw.Float(-2, 0)), ("max", draw.Float(0, 2))],
            CanBeBlocked = true,
        };
        cases["Gelu"] = draw => new("Gelu", 20, ("x", draw.Floats(-6, 6, draw.Shape(1, 4))))
        {
            Attributes = [("approximate", draw.Pick("none", "tanh"))],
            CanBeBlocked = true,
        };
        cases["Swish"] = draw =>
        {
            HostTensor x = draw.Floats(-6, 6, draw.Shape(1, 4));
            return new("Swish", 24, ("x", x)) { Attributes = [("alpha", draw.Float(0.5f, 2f))], CanBeBlocked = true };
        };
        cases["Not"] = draw => new("Not", 7, ("x", draw.Bools(draw.Shape(0, 4))));
        cases["BitwiseNot"] = draw => new("BitwiseNot", 18, ("x", draw.Numbers(draw.Pick(ElementType.Int32, ElementType.Int64), -1000, 1000, draw.Shape(0, 4))));
        cases["BitwiseNot of bytes"] = draw => new("BitwiseNot", 18, ("x", Convert(draw.Floats(0, 255, draw.Shape(0, 4)), draw.Pick(ElementType.UInt8, ElementType.UInt16))));
        cases["IsNaN"] = draw => new("IsNaN", 13, ("x", Specials(draw)));
        cases["IsInf"] = draw => new("IsInf", 10, ("x", Specials(draw)))
        {
            Attributes = [("detect_negative", draw.Int(0, 1)), ("detect_positive", draw.Int(0, 1))],
        };
        foreach (ElementType from in CastTypes)
            cases[$"Cast {from}"] = draw => Cast(draw, from);
    }

    private static ElementType[] CastTypes =>
    [
        ElementType.Float32, ElementType.Float64, ElementType.Float16, ElementType.BFloat16, ElementType.Bool, ElementType.Int8, ElementType.Int16,
        ElementType.Int32, ElementType.Int64, ElementType.UInt8, ElementType.UInt16, ElementType.UInt32, ElementType.UInt64,
    ];

    private static OperatorCase Cast(Draw draw, ElementType from)
    {
        ElementType to = draw.Pick(CastTypes);
        int[] shape = draw.Shape(0, 4);
        bool unsigned = IsUnsigned(from) || IsUnsigned(to);
        // In the range of both types: beyond it ONNX leaves the result open.
        int bound = from is ElementType.Int8 or ElementType.UInt8 || to is ElementType.Int8 or ElementType.UInt8 ? 120 : 30000;
        HostTensor numbers = draw.Floats(unsigned ? 0 : -bound, bound, shape);
        return new("Cast", 13, ("x", Convert(numbers, from))) { Attributes = [("to", (int)to)], PlanAttributes = "", Tolerance = Tolerance.Exact };
    }

    private static bool IsUnsigned(ElementType type) =>
        type is ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 or ElementType.UInt64 or ElementType.Bool;

    private static HostTensor Convert(HostTensor x, ElementType type)
    {
        float[] v = x.Values<float>().ToArray();
        return type switch
        {
            ElementType.Float64 => HostTensor.Of(Array.ConvertAll(v, a => (double)a), x.Shape),
            ElementType.Float16 => HostTensor.Of(Array.ConvertAll(v, a => (Half)a), x.Shape),
            ElementType.BFloat16 => new HostTensor(type, x.Shape,
                HostTensor.Of(Array.ConvertAll(v, a => (ushort)(BitConverter.SingleToUInt32Bits(a) >> 16)), x.Shape).Bytes),
            ElementType.Bool => HostTensor.Of(Array.ConvertAll(v, a => ((int)a & 1) != 0), x.Shape),
            ElementType.Int8 => HostTensor.Of(Array.ConvertAll(v, a => (sbyte)a), x.Shape),
            ElementType.Int16 => HostTensor.Of(Array.ConvertAll(v, a => (short)a), x.Shape),
            ElementType.Int32 => HostTensor.Of(Array.ConvertAll(v, a => (int)a), x.Shape),
            ElementType.Int64 => HostTensor.Of(Array.ConvertAll(v, a => (long)a), x.Shape),
            ElementType.UInt8 => HostTensor.Of(Array.ConvertAll(v, a => (byte)a), x.Shape),
            ElementType.UInt16 => HostTensor.Of(Array.ConvertAll(v, a => (ushort)a), x.Shape),
            ElementType.UInt32 => HostTensor.Of(Array.ConvertAll(v, a => (uint)a), x.Shape),
            ElementType.UInt64 => HostTensor.Of(Array.ConvertAll(v, a => (ulong)a), x.Shape),
            _ => x,
        };
    }

    private static HostTensor Specials(Draw draw)
    {
        HostTensor x = draw.Floats(draw.Shape(1, 4));
        foreach (ref float value in x.Values<float>())
            if (draw.Chance()) value = draw.Pick(float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f);
        return x;
    }
}
