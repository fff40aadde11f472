using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>A tensor of a test: values in ONNX's order, and the layout in which the operator sees it.</summary>
internal sealed record TestTensor(int[] Shape, float[] Values, TensorLayout Layout = TensorLayout.Plain, WeightRole? Weight = null, int Groups = 1)
{
    public static TestTensor Random(Random random, int[] shape, TensorLayout layout = TensorLayout.Plain)
    {
        var values = new float[shape.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++) values[i] = random.NextSingle() * 2 - 1;
        return new TestTensor(shape, values, layout);
    }

    /// <summary>The weight as a codec holds it; null: the values.</summary>
    public WeightTensor? Tensor { get; init; }

    public TestTensor AsWeight(WeightRole role, int groups = 1) => this with { Weight = role, Groups = groups };
}

/// <summary>Runs one operator as a session would: in exact memory, with guards around every tensor and dirty scratch memory.</summary>
internal static unsafe class OperatorBench
{
    private const int Guard = 64;

    /// <summary>The values of output 0 in ONNX's order.</summary>
    public static float[] Run<TOperator>(string attributes, int[] outputShape, TensorLayout outputLayout, params TestTensor?[] inputs)
        where TOperator : Operator, IOperator<TOperator> => Run<TOperator>(null, attributes, outputShape, outputLayout, inputs);

    /// <summary>As above, with the help of other threads.</summary>
    public static float[] Run<TOperator>(ThreadTeam? team, string attributes, int[] outputShape, TensorLayout outputLayout, params TestTensor?[] inputs)
        where TOperator : Operator, IOperator<TOperator>
    {
        using var memory = new NativeArena();
        var blocks = new List<(nint Start, long Floats)>();
        float* Take(long floats)
        {
            // One guard of 64 floats on each side; the tensor itself is aligned.
            float* start = memory.AllocateFloats(floats + 2 * Guard);
            for (long i = 0; i < floats + 2 * Guard; i++) start[i] = float.NaN;
            blocks.Add(((nint)start, floats));
            return start + Guard;
        }

        var weights = new WeightTensor?[inputs.Length];
        var views = new TensorView[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] is not { } input)
            {
                views[i] = new TensorView { Shape = [] };
                continue;
            }
            views[i] = new TensorView { Shape = input.Shape, Layout = input.Layout, Type = ElementType.Float32 };
            views[i].Data = (byte*)Take(views[i].StoredLength);
            Copy(input, views[i].F32);
            if (input.Weight is { } role) weights[i] = input.Tensor ?? new TestWeight(role, input.Shape, input.Groups, input.Values);
        }
        var output = new TensorView { Shape = outputShape, Layout = outputLayout, Type = ElementType.Float32 };
        var bind = new Bind(weights, inputs, memory);
        TOperator step = TOperator.Read(Parse(attributes));
        step.Bind(bind);
        for (int i = 0; i < inputs.Length; i++)
            if (bind.Taken.Contains(i)) views[i].Data = null;
        output.Data = step.InPlaceInput is >= 0 and var shared && inputs[shared]!.Layout == outputLayout && views[shared].StoredLength == output.StoredLength
            ? views[shared].Data
            : (byte*)Take(output.StoredLength);
        StepPreparation prepared = step.Prepare(new StepShapes(views, new[] { output }, dimension => dimension.Value, team?.Threads ?? 1));
        byte* scratch = (byte*)Take((prepared.ScratchBytes + 3) / 4);
        for (int repeat = 0; repeat < 2; repeat++)
        {
            // An operator must not count on what scratch or output held before. In-place inputs are spoilt by a second run.
            if (repeat == 1 && step.InPlaceInput >= 0) break;
            step.Run(new StepArguments(views, new[] { output }, scratch, prepared.State, team));
        }
        foreach ((nint start, long floats) in blocks)
            for (int i = 0; i < Guard; i++)
                Assert.True(float.IsNaN(((float*)start)[i]) && float.IsNaN(((float*)start)[Guard + floats + i]), "wrote outside its memory");
        return Values(output);
    }

    /// <summary>Fails unless every value is within <paramref name="tolerance"/> of the largest expected one (or of <paramref name="scale"/>).</summary>
    public static void Near(float[] expected, float[] actual, string what, double tolerance = 2e-6, float[]? scale = null)
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = expected.Length == 0 ? 1 : Math.Max(1, (scale ?? expected).Max(Math.Abs));
        for (int i = 0; i < expected.Length; i++)
            if (!(Math.Abs(expected[i] - actual[i]) <= tolerance * largest)) Assert.Fail($"{what}: element {i} is {actual[i]}, not {expected[i]}");
    }

    private static StepAttributes Parse(string text) => new(text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => new KeyValuePair<string, string>(pair[..pair.IndexOf('=')], pair[(pair.IndexOf('=') + 1)..])));

    public static string Bits(float value) => BitConverter.SingleToInt32Bits(value).ToString("X8", CultureInfo.InvariantCulture);

    public static void Copy(TestTensor tensor, float* to)
    {
        if (tensor.Layout == TensorLayout.Plain)
        {
            tensor.Values.CopyTo(new Span<float>(to, tensor.Values.Length));
            return;
        }
        int c = tensor.Shape[1], blocks = (c + 15) / 16, pixels = tensor.Shape[2] * tensor.Shape[3];
        new Span<float>(to, tensor.Shape[0] * blocks * pixels * 16).Clear();
        for (int i = 0; i < tensor.Values.Length; i++)
            to[((long)(i / (c * pixels)) * blocks * pixels + (long)(i / pixels % c / 16) * pixels + i % pixels) * 16 + i / pixels % c % 16] = tensor.Values[i];
    }

    public static float[] Values(in TensorView view)
    {
        var values = new float[view.Length];
        if (view.Layout == TensorLayout.Plain)
        {
            new Span<float>(view.F32, values.Length).CopyTo(values);
            return values;
        }
        int c = view.Shape[1], blocks = (c + 15) / 16, pixels = view.Shape[2] * view.Shape[3];
        for (int n = 0; n < view.Shape[0]; n++)
            for (int channel = 0; channel < blocks * 16; channel++)
                for (int p = 0; p < pixels; p++)
                {
                    float value = view.F32[((long)(n * blocks + channel / 16) * pixels + p) * 16 + channel % 16];
                    if (channel < c) values[(n * c + channel) * pixels + p] = value;
                    else Assert.True(value == 0f, "a pad lane is not zero");
                }
        return values;
    }

    private sealed class Bind(WeightTensor?[] weights, TestTensor?[] inputs, NativeArena memory) : BindContext
    {
        public HashSet<int> Taken { get; } = [];
        public override NativeArena Memory => memory;
        public override bool HasInput(int input) => input < inputs.Length && inputs[input] is not null;
        public override WeightRole? RoleOf(int input) => input < weights.Length ? weights[input]?.Role : null;

        public override WeightTensor? TakeWeight(int input)
        {
            if (input >= weights.Length || weights[input] is not { } weight) return null;
            Taken.Add(input);
            return weight;
        }
    }

    /// <summary>A dense weight in ONNX's order.</summary>
    internal sealed class TestWeight(WeightRole role, int[] shape, int groups, float[] values)
        : WeightTensor("w", role, ElementType.Float32, shape, groups)
    {
        public override TensorFormat Format => TensorFormat.Dense;

        public override void DecodeRows(int first, int count, float* destination, long stride)
        {
            Assert.True(first >= 0 && count >= 0 && first + count <= Rows && stride >= Columns);
            fixed (float* v = values)
            {
                var value = new ValueWeight(Role, Shape, Groups) { Values = v };
                value.DecodeRows(first, count, destination, stride);
            }
        }
    }
}
