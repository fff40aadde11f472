using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Every operator that ONNX defines for integers, with every integer type: the oracle's values, or a refusal at build time; never a failure at run time.</summary>
public sealed class IntegerTypeTests
{
    private static readonly ElementType[] s_types =
    [
        ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64, ElementType.UInt8, ElementType.UInt16, ElementType.UInt32, ElementType.UInt64,
    ];

    private static readonly Dictionary<string, Func<ElementType, Sample>> s_samples = Collect();

    public static TheoryData<string> Names => [.. s_samples.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Agrees_with_ONNX_Runtime(string name)
    {
        List<string> wrong = [];
        foreach (ElementType type in s_types)
        {
            Sample sample = s_samples[name](type);
            byte[] model = sample.Model();
            HostTensor[]? expected = null;
            try
            {
                using OrtOracle oracle = new(model, optimize: false);
                expected = oracle.Run(sample.Inputs);
            }
            catch (Exception e) when (e.GetType().Name == "OnnxRuntimeException")
            {
            }
            try
            {
                HostTensor[] found = ManagedChain.Run(model, sample.Inputs);
                if (expected is null) continue;
                for (int i = 0; i < expected.Length; i++)
                    if (expected[i].Type != found[i].Type || !expected[i].Bytes.AsSpan().SequenceEqual(found[i].Bytes))
                        wrong.Add($"{name} {type}: {Text(found[i])}, expected {Text(expected[i])}");
            }
            catch (DiagnosticException e)
            {
                // What is refused is refused when the network is built; the list of what works must not shrink.
                if (expected is not null) wrong.Add($"{name} {type}: refused, {e.Diagnostics[0]}");
            }
            catch (Exception e)
            {
                wrong.Add($"{name} {type}: {e.GetType().Name}: {e.Message}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    private static string Text(HostTensor t) => $"{t.Type} [{string.Join(',', t.Shape)}] {string.Join(' ', t.ToDoubles().Take(12))}";

    private sealed record Sample(string Op, int Opset, (string Name, HostTensor Value)[] Inputs, (string Name, object Value)[] Attributes)
    {
        public (string Name, HostTensor Value)[] Constants { get; init; } = [];

        public byte[] Model() => OnnxBuilder.OneNode(Op, Opset, [.. Inputs.Select(i => (i.Name, (HostTensor?)i.Value)), .. Constants.Select(i => (i.Name, (HostTensor?)i.Value))],
            ["y"], Attributes, [.. Constants.Select(i => i.Name)]);
    }

    private static Dictionary<string, Func<ElementType, Sample>> Collect()
    {
        Dictionary<string, Func<ElementType, Sample>> samples = [];
        void Unary(string op, int opset, params (string, object)[] attributes) => samples[op] = type => new(op, opset, [("x", Numbers(type, 1, 35))], attributes);
        void Binary(string about, string op, int opset, Func<ElementType, HostTensor> right, params (string, object)[] attributes) =>
            samples[op + about] = type => new(op, opset, [("a", Numbers(type, 1, 35)), ("b", right(type))], attributes);

        foreach (string op in new[] { "Abs", "Neg" }) Unary(op, 13);
        samples["Sign"] = type => new("Sign", 13, [("x", Signed(type))], []);
        Unary("Relu", 14);
        Unary("BitwiseNot", 18);
        samples["Clip"] = type => new("Clip", 13, [("x", Small(type)), ("low", Number(type, 2)), ("high", Number(type, 6))], []);
        foreach (string op in new[] { "Add", "Sub", "Mul", "Min", "Max", "Sum" }) Binary("", op, 14, type => Numbers(type, 2, 35));
        foreach (string op in new[] { "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual" }) Binary("", op, 19, type => Numbers(type, 2, 35));
        foreach (string op in new[] { "BitwiseAnd", "BitwiseOr", "BitwiseXor" }) Binary("", op, 18, type => Numbers(type, 2, 35));
        Binary("", "Div", 14, type => Small(type));
        Binary("", "Mod", 13, type => Small(type), ("fmod", 0));
        samples["Mod as C"] = type => new("Mod", 13, [("a", Signed(type)), ("b", Small(type))], [("fmod", 1)]);
        samples["Pow"] = type => new("Pow", 15, [("a", Small(type)), ("b", Number(type, 3))], []);
        Binary(" left", "BitShift", 11, type => Number(type, 3), ("direction", "LEFT"));
        Binary(" right", "BitShift", 11, type => Number(type, 2), ("direction", "RIGHT"));
        samples["Where"] = type => new("Where", 16, [("c", HostTensor.Of([true, false, true], 3)), ("a", Numbers(type, 1, 3)), ("b", Numbers(type, 2, 3))], []);
        foreach (string op in new[] { "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceMean", "ReduceL1", "ReduceSumSquare" })
            samples[op] = type => new(op, 18, [("x", Shaped(Signed(type), 7, 5))], []) { Constants = [("axes", HostTensor.Longs(1))] };
        foreach (string op in new[] { "ArgMax", "ArgMin" }) samples[op] = type => new(op, 13, [("x", Shaped(Signed(type), 7, 5))], [("axis", 1)]);
        samples["CumSum"] = type => new("CumSum", 14, [("x", Shaped(Signed(type), 7, 5))], []) { Constants = [("axis", HostTensor.Scalar(1L))] };
        samples["TopK"] = type => new("TopK", 11, [("x", Shaped(Signed(type), 7, 5))], []) { Constants = [("k", HostTensor.Longs(2))] };
        foreach (string reduction in new[] { "none", "add", "mul", "max", "min" })
        {
            samples["ScatterElements " + reduction] = type => new("ScatterElements", 18,
                [("x", Shaped(Numbers(type, 1, 6), 2, 3)), ("i", HostTensor.Of([1L, 0, 1], 1, 3)), ("u", Shaped(Numbers(type, 2, 3), 1, 3))], [("reduction", reduction)]);
            samples["ScatterND " + reduction] = type => new("ScatterND", 18,
                [("x", Shaped(Numbers(type, 1, 6), 2, 3)), ("i", HostTensor.Of([1L, 1], 2, 1)), ("u", Shaped(Numbers(type, 2, 6), 2, 3))], [("reduction", reduction)]);
        }
        return samples;
    }

    /// <summary>The ends of the type's range, numbers next to them, and small ones.</summary>
    private static HostTensor Numbers(ElementType type, int seed, int count)
    {
        Random random = new(seed);
        long[] some = [0, 1, 2, 3, 7, 100, 126, 127, 128, 200, 255, 256, 32767, 32768, 65535, 65536, int.MaxValue, 1L << 31, uint.MaxValue, 1L << 40, long.MaxValue];
        byte[] bytes = new byte[count * ElementTypes.SizeOf(type)];
        for (int i = 0; i < count; i++)
        {
            long value = random.Next(3) == 0 ? random.Next(-100, 100) : some[random.Next(some.Length)] * (random.Next(3) == 0 ? -1 : 1);
            BitConverter.GetBytes(value).AsSpan(0, ElementTypes.SizeOf(type)).CopyTo(bytes.AsSpan(i * ElementTypes.SizeOf(type)));
        }
        return new HostTensor(type, [count], bytes);
    }

    private static HostTensor Small(ElementType type) => Of(type, Enumerable.Range(0, 35).Select(i => i % 7 + 1L));

    /// <summary>Small numbers of both signs: beyond 32 bits, and where sums overflow, the oracle's integers are not exact.</summary>
    private static HostTensor Signed(ElementType type) =>
        Of(type, Enumerable.Range(0, 35).Select(i => type is ElementType.Int8 or ElementType.Int16 or ElementType.Int32 or ElementType.Int64 ? i * 5 % 13 - 6L : i * 5 % 13));

    private static HostTensor Number(ElementType type, long value) => Shaped(Of(type, [value]));

    private static HostTensor Of(ElementType type, IEnumerable<long> values)
    {
        byte[] bytes = [.. values.SelectMany(value => BitConverter.GetBytes(value).Take(ElementTypes.SizeOf(type)))];
        return new HostTensor(type, [bytes.Length / ElementTypes.SizeOf(type)], bytes);
    }

    private static HostTensor Shaped(HostTensor x, params int[] shape) => x with { Shape = shape };
}
