using System;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX GRU in one direction, behind the products of the inputs: <c>z, r = x + h·Rᵀ</c>; the new state from x and r·h; <c>h = (1 − z)·new + z·h</c>.</summary>
/// <remarks>(x [T, B, 3H] with biases, r of z and r [2H, H], r of the new state [H, H], its bias [H]?, h0 [B, H]?, lengths of the sequences [B]?) → (y [T, B, H], h [B, H]), f32 (lengths i32 or i64), plain.
/// Attributes reverse, acts (Sigmoid,Tanh), alphas, betas, clip, linear_before_reset (then, and only then, there is the bias).</remarks>
public sealed class GRU : Operator, IOperator<GRU>
{
    private const int Lengths = 5;
    private readonly GateActivation[] _activations;
    private readonly bool _reverse, _linearBeforeReset, _isOnePass;
    private WeightTensor? _gateWeight, _stateWeight;

    private GRU(StepAttributes attributes)
    {
        _activations = GateActivation.Read(attributes, "Sigmoid", "Tanh");
        (_reverse, _linearBeforeReset) = (attributes.Flag("reverse"), attributes.Flag("linear_before_reset"));
        _isOnePass = _linearBeforeReset && GateActivation.AreUsual(_activations, "Sigmoid", "Tanh");
    }

    /// <inheritdoc/>
    public static GRU Read(StepAttributes attributes) => new(attributes);

    internal override void Bind(BindContext context) => (_gateWeight, _stateWeight) = (context.TakeWeight(1), context.TakeWeight(2));

    internal override (int First, int Last) CheckedInputs => (Lengths, Lengths);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(3, 2, mostInputs: 6);
        (Extent batch, Extent hidden) = RecurrentRules.Check(rules, 3, 2, _activations.Length, Lengths);
        RecurrentRules.Weight(rules, 1, 2, hidden);
        RecurrentRules.Weight(rules, 2, 1, hidden);
        if (rules.Has(3)) rules.Input(3).HasShape(hidden);
        RecurrentRules.Initial(rules, 4, batch, hidden);
        RecurrentRules.Last(rules, 1, batch, hidden);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        int[] x = shapes.Inputs[0].Shape;
        int batch = x[1], hidden = shapes.Outputs[0].Shape[2];
        WeightTensor gateWeight = _gateWeight ?? new ValueWeight(WeightRole.Gemm, shapes.Inputs[1].Shape, 1);
        WeightTensor stateWeight = _stateWeight ?? new ValueWeight(WeightRole.Gemm, shapes.Inputs[2].Shape, 1);
        var gates = new RecurrentProduct(gateWeight, batch, x[0], Lanes.Isa);
        var states = new RecurrentProduct(stateWeight, batch, x[0], Lanes.Isa);
        long floats = (long)batch * (gates.Pitch + states.Pitch + 2L * hidden);
        return new StepPreparation(checked(gates.ScratchBytes + states.ScratchBytes + 4 * floats),
            new State(gateWeight, stateWeight, gates, states, x[0], batch, hidden));
    }

    internal override unsafe void Run(in StepArguments arguments)
    {
        var state = (State)arguments.State!;
        ReadOnlySpan<TensorView> inputs = arguments.Inputs, outputs = arguments.Outputs;
        if (state.GateWeight is ValueWeight gateValue) gateValue.Values = inputs[1].F32;
        if (state.StateWeight is ValueWeight stateValue) stateValue.Values = inputs[2].F32;
        int batch = state.Batch, hidden = state.Hidden, gatePitch = state.Gates.Pitch, statePitch = state.States.Pitch;
        byte* stateScratch = arguments.Scratch + state.Gates.ScratchBytes;
        float* gates = (float*)(stateScratch + state.States.ScratchBytes), news = gates + (long)batch * gatePitch;
        float* h = news + (long)batch * statePitch, reset = h + (long)batch * hidden, bias = inputs.Length > 3 ? inputs[3].F32 : null;
        Initial.Copy(inputs, 4, h, (long)batch * hidden);
        var lengths = new SequenceLengths(inputs, Lengths, state.Time);
        for (int step = 0; step < state.Time; step++)
        {
            int t = _reverse ? state.Time - 1 - step : step;
            float* x = inputs[0].F32 + (long)t * batch * 3 * hidden;
            for (int b = 0; b < batch; b++) NativeMemory.Copy(x + b * 3L * hidden, gates + (long)b * gatePitch, (nuint)hidden * 2 * sizeof(float));
            state.Gates.Add(h, gates, arguments.Scratch, step);
            for (int b = 0; b < batch; b++)
            {
                float* z = gates + (long)b * gatePitch, r = z + hidden, fresh = news + (long)b * statePitch;
                if (!_isOnePass) _activations[0].Apply(z, 2L * hidden);
                if (_linearBeforeReset)
                {
                    if (bias != null) NativeMemory.Copy(bias, fresh, (nuint)hidden * sizeof(float));
                    else NativeMemory.Clear(fresh, (nuint)hidden * sizeof(float));
                    continue;
                }
                NativeMemory.Copy(x + b * 3L * hidden + 2 * hidden, fresh, (nuint)hidden * sizeof(float));
                GateMath.Multiply(r, h + (long)b * hidden, reset + (long)b * hidden, hidden);
            }
            state.States.Add(_linearBeforeReset ? h : reset, news, stateScratch, step);
            for (int b = 0; b < batch; b++)
            {
                if (!lengths.Has(b, t)) continue;
                float* z = gates + (long)b * gatePitch, r = z + hidden, fresh = news + (long)b * statePitch, old = h + (long)b * hidden;
                if (_isOnePass)
                {
                    RecurrentCells.Gru(z, fresh, x + b * 3L * hidden + 2 * hidden, old, hidden);
                    continue;
                }
                if (_linearBeforeReset)
                {
                    GateMath.Multiply(r, fresh, fresh, hidden);
                    GateMath.Add(fresh, x + b * 3L * hidden + 2 * hidden, fresh, hidden);
                }
                _activations[1].Apply(fresh, hidden);
                // new + z·(old − new).
                GateMath.Subtract(old, fresh, old, hidden);
                GateMath.Multiply(old, z, old, hidden);
                GateMath.Add(old, fresh, old, hidden);
            }
            NativeMemory.Copy(h, outputs[0].F32 + (long)t * batch * hidden, (nuint)((long)batch * hidden * sizeof(float)));
            lengths.Clear(outputs[0].F32 + (long)t * batch * hidden, t, batch, hidden);
        }
        NativeMemory.Copy(h, outputs[1].F32, (nuint)((long)batch * hidden * sizeof(float)));
    }

    private sealed record State(WeightTensor GateWeight, WeightTensor StateWeight, RecurrentProduct Gates, RecurrentProduct States,
        int Time, int Batch, int Hidden);
}
