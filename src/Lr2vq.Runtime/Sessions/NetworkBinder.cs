using System;
using System.Collections.Generic;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Diagnostics;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Sessions;

/// <summary>Makes the operators of a network, one step after the other, as the model's class names them.</summary>
internal sealed class NetworkBinder(Network network)
{
    private int _bound;

    public int StepCount => network.Steps.Length;

    /// <summary>The attributes of the step that comes next.</summary>
    /// <exception cref="InvalidArtifactException">The class names another step or operator than the Plan.</exception>
    public StepAttributes Attributes(int number, string operatorName)
    {
        if (number != _bound + 1 || number > network.Steps.Length)
            throw new InvalidArtifactException(DiagnosticCatalogue.InvalidPlan.At(new(File: network.Artifact.Name),
                FormattableString.Invariant($"the class has a step {number} where the Plan has {network.Steps.Length} steps, {_bound} of them done")));
        PlanStep step = network.Steps[number - 1].Plan;
        return step.Operator == operatorName ? step.Attributes : throw Wrong(number, "the class has the operator " + operatorName + " here");
    }

    public string OperatorName(int number) => network.Steps[number - 1].Plan.Operator;

    /// <summary>Gives a step its operator, and the operator its weights.</summary>
    public void Bind(int number, Operator op)
    {
        NetworkStep step = network.Steps[number - 1];
        step.Operator = op;
        if (op.FindsSize != step.Plan.Size is not null) throw Wrong(number, op.FindsSize ? "its size is not declared" : "it makes no size");
        try
        {
            op.Bind(new Context(network, step, network.Memory));
        }
        catch (Exception e) when (Network.IsDataProblem(e))
        {
            throw Wrong(number, e.Message, e);
        }
        _bound = number;
    }

    /// <summary>Another operator for a step, with another form of one of its weights; it and its tables live as long as the memory.</summary>
    public static Operator Make(Network network, NetworkStep step, NetworkValue value, WeightTensor weight, NativeArena memory)
    {
        Operator op = OperatorTable.Read(step.Plan.Operator, step.Plan.Attributes)!;
        op.Bind(new Context(network, step, memory) { Value = value, Weight = weight });
        return op;
    }

    /// <summary>Decodes what operators left.</summary>
    public void Finish()
    {
        if (_bound != network.Steps.Length)
            throw new InvalidArtifactException(DiagnosticCatalogue.InvalidPlan.At(new(File: network.Artifact.Name),
                FormattableString.Invariant($"the class has {_bound} steps, the Plan {network.Steps.Length}")));
        foreach (NetworkStep step in network.Steps)
            for (int i = 0; i < step.Inputs.Length; i++)
                if (step.Inputs[i] >= 0 && !step.Taken[i]) DecodeIfWeight(step.Inputs[i]);
        foreach (int output in network.OutputValues) DecodeIfWeight(output);
    }

    public InvalidArtifactException Wrong(int number, string what, Exception? cause = null) =>
        network.WrongStep(network.Steps[number - 1].Plan, what, cause);

    public InvalidArtifactException Unknown(int number) => new(DiagnosticCatalogue.UnknownOperator.At(
        new(File: network.Artifact.Name, Node: network.Steps[number - 1].Plan.Name), number, OperatorName(number)));

    private void DecodeIfWeight(int value)
    {
        if (network.Values[value].Weight is not null) network.MakeDense(network.Values[value]);
    }

    private sealed class Context(Network network, NetworkStep step, NativeArena memory) : BindContext
    {
        /// <summary>A weight that has another form than the network's.</summary>
        public NetworkValue? Value { get; init; }

        public WeightTensor? Weight { get; init; }

        public override NativeArena Memory => memory;

        public override ConvForms Forms
        {
            get
            {
                // In the order of their steps.
                IReadOnlyList<StepForms> forms = network.Artifact.Forms;
                int low = 0, high = forms.Count;
                while (low < high)
                {
                    int middle = (low + high) / 2;
                    if (forms[middle].Step < step.Plan.Number) low = middle + 1;
                    else high = middle;
                }
                return low < forms.Count && forms[low].Step == step.Plan.Number ? ModelInfoReader.ConvFormsOf(forms[low]) : default;
            }
        }

        public override bool HasInput(int input) => input < step.Inputs.Length && step.Inputs[input] >= 0;

        public override WeightRole? RoleOf(int input)
        {
            if (!HasInput(input)) return null;
            NetworkValue value = network.Values[step.Inputs[input]];
            return value.Type == ElementType.Float32 ? value.Weight?.Role : null;
        }

        public override TakenBytes? TakeBytes(int input, int zeroPoints)
        {
            if (!IsBytes(input) || (HasInput(zeroPoints) && !IsBytes(zeroPoints))) return null;
            NetworkValue value = network.Values[step.Inputs[input]];
            byte[] zeros = HasInput(zeroPoints) ? network.ReadIntegers(network.Values[step.Inputs[zeroPoints]]) : [];
            if (!PackedBytes.Serves(value.WeightShape, zeros.Length)) return null;
            step.Taken[input] = true;
            return new TakenBytes(network.ReadIntegers(value), value.WeightShape, value.Type == ElementType.Int8, zeros);
        }

        private bool IsBytes(int input) => HasInput(input) && network.Values[step.Inputs[input]] is { Weight: not null, Type: ElementType.UInt8 or ElementType.Int8 };

        public override WeightTensor? TakeWeight(int input)
        {
            if (!HasInput(input)) return null;
            NetworkValue value = network.Values[step.Inputs[input]];
            if (value.Weight is null || value.Type != ElementType.Float32) return null;
            if (value == Value) return Weight;
            WeightTensor weight = network.Open(value);
            step.Taken[input] = true;
            return weight;
        }
    }
}
