using System;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX RNN in one direction, behind the products of the inputs: <c>h = act(x + h·Rᵀ)</c>.</summary>
/// <remarks>(x [T, B, H] with biases, r [H, H], h0 [B, H]?, lengths of the sequences [B]?) → (y [T, B, H], h [B, H]), f32 (lengths i32 or i64), plain. Attributes reverse, acts (Tanh), alphas, betas, clip.</remarks>
public sealed class RNN : Operator, IOperator<RNN>
{
    private const int Lengths = 3;
    private readonly GateActivation[] _activations;
    private readonly bool _reverse;
    private WeightTensor? _weight;

    private RNN(StepAttributes attributes) => (_activations, _reverse) = (GateActivation.Read(attributes, "Tanh"), attributes.Flag("reverse"));

    /// <inheritdoc/>
    public static RNN Read(StepAttributes attributes) => new(attributes);

    internal override void Bind(BindContext context) => _weight = context.TakeWeight(1);

    internal override (int First, int Last) CheckedInputs => (Lengths, Lengths);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 2, mostInputs: 4);
        (Extent batch, Extent hidden) = RecurrentRules.Check(rules, 1, 1, _activations.Length, Lengths);
        RecurrentRules.Weight(rules, 1, 1, hidden);
        RecurrentRules.Initial(rules, 2, batch, hidden);
        RecurrentRules.Last(rules, 1, batch, hidden);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        int[] x = shapes.Inputs[0].Shape;
        WeightTensor weight = _weight ?? new ValueWeight(WeightRole.Gemm, shapes.Inputs[1].Shape, 1);
        var product = new RecurrentProduct(weight, x[1], x[0], Lanes.Isa);
        return new StepPreparation(checked(product.ScratchBytes + 4L * x[1] * (product.Pitch + x[2])), new State(weight, product, x[0], x[1], x[2]));
    }

    internal override unsafe void Run(in StepArguments arguments)
    {
        var state = (State)arguments.State!;
        ReadOnlySpan<TensorView> inputs = arguments.Inputs, outputs = arguments.Outputs;
        if (state.Weight is ValueWeight value) value.Values = inputs[1].F32;
        int batch = state.Batch, hidden = state.Hidden, pitch = state.Product.Pitch;
        float* sums = (float*)(arguments.Scratch + state.Product.ScratchBytes), h = sums + (long)batch * pitch;
        Initial.Copy(inputs, 2, h, (long)batch * hidden);
        var lengths = new SequenceLengths(inputs, Lengths, state.Time);
        for (int step = 0; step < state.Time; step++)
        {
            int t = _reverse ? state.Time - 1 - step : step;
            float* x = inputs[0].F32 + (long)t * batch * hidden;
            for (int b = 0; b < batch; b++) NativeMemory.Copy(x + (long)b * hidden, sums + (long)b * pitch, (nuint)hidden * sizeof(float));
            state.Product.Add(h, sums, arguments.Scratch, step);
            for (int b = 0; b < batch; b++)
            {
                if (!lengths.Has(b, t)) continue;
                _activations[0].Apply(sums + (long)b * pitch, hidden);
                NativeMemory.Copy(sums + (long)b * pitch, h + (long)b * hidden, (nuint)hidden * sizeof(float));
            }
            NativeMemory.Copy(h, outputs[0].F32 + (long)t * batch * hidden, (nuint)((long)batch * hidden * sizeof(float)));
            lengths.Clear(outputs[0].F32 + (long)t * batch * hidden, t, batch, hidden);
        }
        NativeMemory.Copy(h, outputs[1].F32, (nuint)((long)batch * hidden * sizeof(float)));
    }

    private sealed record State(WeightTensor Weight, RecurrentProduct Product, int Time, int Batch, int Hidden);
}
