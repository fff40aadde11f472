using System;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX LSTM in one direction, behind the products of the inputs: <c>i, o, f, c = x + h·Rᵀ</c>; <c>C = f·C + i·c</c>; <c>h = o·act(C)</c>.</summary>
/// <remarks>(x [T, B, 4H] with biases, r [4H, H], h0 [B, H]?, c0 [B, H]?, peepholes [3H]?, lengths of the sequences [B]?) → (y [T, B, H], h [B, H], c [B, H]), f32 (lengths i32 or i64), plain.
/// Attributes reverse, acts (Sigmoid,Tanh,Tanh), alphas, betas, clip, input_forget.</remarks>
public sealed class LSTM : Operator, IOperator<LSTM>
{
    private const int Lengths = 5;
    private readonly GateActivation[] _activations;
    private readonly bool _reverse, _inputForget, _isUsual;
    private WeightTensor? _weight;

    private LSTM(StepAttributes attributes)
    {
        _activations = GateActivation.Read(attributes, "Sigmoid", "Tanh", "Tanh");
        (_reverse, _inputForget) = (attributes.Flag("reverse"), attributes.Flag("input_forget"));
        _isUsual = GateActivation.AreUsual(_activations, "Sigmoid", "Tanh", "Tanh") && !_inputForget;
    }

    /// <inheritdoc/>
    public static LSTM Read(StepAttributes attributes) => new(attributes);

    internal override void Bind(BindContext context) => _weight = context.TakeWeight(1);

    internal override (int First, int Last) CheckedInputs => (Lengths, Lengths);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 3, mostInputs: 6);
        (Extent batch, Extent hidden) = RecurrentRules.Check(rules, 4, 3, _activations.Length, Lengths);
        RecurrentRules.Weight(rules, 1, 4, hidden);
        RecurrentRules.Initial(rules, 2, batch, hidden);
        RecurrentRules.Initial(rules, 3, batch, hidden);
        if (rules.Has(4)) rules.Input(4).HasShape(hidden * 3);
        RecurrentRules.Last(rules, 1, batch, hidden);
        RecurrentRules.Last(rules, 2, batch, hidden);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        int[] x = shapes.Inputs[0].Shape;
        int batch = x[1], hidden = shapes.Outputs[0].Shape[2];
        WeightTensor weight = _weight ?? new ValueWeight(WeightRole.Gemm, shapes.Inputs[1].Shape, 1);
        var product = new RecurrentProduct(weight, batch, x[0], Lanes.Isa);
        long floats = (long)batch * (product.Pitch + 2L * hidden) + hidden;
        return new StepPreparation(checked(product.ScratchBytes + 4 * floats), new State(weight, product, x[0], batch, hidden));
    }

    internal override unsafe void Run(in StepArguments arguments)
    {
        var state = (State)arguments.State!;
        ReadOnlySpan<TensorView> inputs = arguments.Inputs, outputs = arguments.Outputs;
        if (state.Weight is ValueWeight value) value.Values = inputs[1].F32;
        int batch = state.Batch, hidden = state.Hidden, pitch = state.Product.Pitch;
        float* peepholes = inputs.Length > 4 ? inputs[4].F32 : null;
        float* gates = (float*)(arguments.Scratch + state.Product.ScratchBytes), h = gates + (long)batch * pitch, c = h + (long)batch * hidden, spare = c + (long)batch * hidden;
        Initial.Copy(inputs, 2, h, (long)batch * hidden);
        Initial.Copy(inputs, 3, c, (long)batch * hidden);
        var lengths = new SequenceLengths(inputs, Lengths, state.Time);
        for (int step = 0; step < state.Time; step++)
        {
            int t = _reverse ? state.Time - 1 - step : step;
            float* x = inputs[0].F32 + (long)t * batch * 4 * hidden;
            for (int b = 0; b < batch; b++) NativeMemory.Copy(x + b * 4L * hidden, gates + (long)b * pitch, (nuint)hidden * 4 * sizeof(float));
            state.Product.Add(h, gates, arguments.Scratch, step);
            for (int b = 0; b < batch; b++)
                if (lengths.Has(b, t)) Cell(gates + (long)b * pitch, peepholes, h + (long)b * hidden, c + (long)b * hidden, spare, hidden);
            NativeMemory.Copy(h, outputs[0].F32 + (long)t * batch * hidden, (nuint)((long)batch * hidden * sizeof(float)));
            lengths.Clear(outputs[0].F32 + (long)t * batch * hidden, t, batch, hidden);
        }
        NativeMemory.Copy(h, outputs[1].F32, (nuint)((long)batch * hidden * sizeof(float)));
        NativeMemory.Copy(c, outputs[2].F32, (nuint)((long)batch * hidden * sizeof(float)));
    }

    private unsafe void Cell(float* input, float* peepholes, float* h, float* c, float* spare, int hidden)
    {
        if (_isUsual && peepholes == null)
        {
            RecurrentCells.Lstm(input, c, h, hidden);
            return;
        }
        float* output = input + hidden, forget = output + hidden, cell = forget + hidden;
        Peep(peepholes, 0, c, input, spare, hidden);
        _activations[0].Apply(input, hidden);
        if (_inputForget) GateMath.Complement(input, forget, hidden);
        else
        {
            Peep(peepholes, 2, c, forget, spare, hidden);
            _activations[0].Apply(forget, hidden);
        }
        _activations[1].Apply(cell, hidden);
        GateMath.Multiply(c, forget, c, hidden);
        GateMath.Multiply(input, cell, cell, hidden);
        GateMath.Add(c, cell, c, hidden);
        Peep(peepholes, 1, c, output, spare, hidden);
        _activations[0].Apply(output, hidden);
        NativeMemory.Copy(c, spare, (nuint)hidden * sizeof(float));
        _activations[2].Apply(spare, hidden, bounded: false);
        GateMath.Multiply(output, spare, h, hidden);
    }

    /// <summary>What a gate sees of the cell.</summary>
    private static unsafe void Peep(float* peepholes, int which, float* c, float* gate, float* spare, int hidden)
    {
        if (peepholes == null) return;
        GateMath.Multiply(c, peepholes + (long)which * hidden, spare, hidden);
        GateMath.Add(gate, spare, gate, hidden);
    }

    private sealed record State(WeightTensor Weight, RecurrentProduct Product, int Time, int Batch, int Hidden);
}
