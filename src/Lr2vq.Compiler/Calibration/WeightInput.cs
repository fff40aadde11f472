using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Calibration;

/// <summary>A step that multiplies its input with a weight.</summary>
/// <param name="Step">Number of the step.</param>
/// <param name="Weight">Index of the weight in the Plan.</param>
/// <param name="Bias">Index of the weight that is added to each output; −1 if there is none, or if others read it.</param>
/// <param name="Attributes">Of a convolution; null for a product.</param>
/// <param name="Factor">What a product multiplies its input with.</param>
/// <param name="Pool">Number of the step that pools whole planes into this input; 0 if there is none.</param>
internal sealed record WeightInput(int Step, int Weight, int Bias, ConvAttributes? Attributes, float Factor, int Pool)
{
    /// <summary>All such steps of a Plan, in their order.</summary>
    public static IReadOnlyList<WeightInput> Of(Plan plan)
    {
        Dictionary<string, int> weights = new(StringComparer.Ordinal), producers = new(StringComparer.Ordinal), uses = new(StringComparer.Ordinal);
        for (int i = 0; i < plan.Weights.Count; i++) weights.Add(plan.Weights[i].Value, i);
        foreach (PlanStep step in plan.Steps)
        {
            foreach (PlanResult output in step.Outputs) producers[output.Value] = step.Number;
            foreach (string? input in step.Inputs) if (input is not null) uses[input] = uses.GetValueOrDefault(input) + 1;
        }
        foreach (PlanPort output in plan.Outputs) uses[output.Value] = uses.GetValueOrDefault(output.Value) + 1;
        List<WeightInput> inputs = [];
        foreach (PlanStep step in plan.Steps)
        {
            if (step.Operator is not ("Conv" or "ConvTranspose" or "Gemm") || step.Inputs[1] is not { } name || !weights.TryGetValue(name, out int weight)) continue;
            if (plan.Weights[weight] is not { Type: ElementType.Float32, Role: WeightRole.Conv or WeightRole.ConvTranspose or WeightRole.Gemm or WeightRole.MatMul }) continue;
            bool product = step.Operator == "Gemm";
            inputs.Add(new WeightInput(step.Number, weight, BiasOf(plan, step, weights, uses), product ? null : ConvAttributes.Read(step.Attributes),
                product ? step.Attributes.Float("alpha", 1f) : 1f, PoolOf(plan, step, producers)));
        }
        return inputs;
    }

    private static int BiasOf(Plan plan, PlanStep step, Dictionary<string, int> weights, Dictionary<string, int> uses)
    {
        if (step.Inputs.Count < 3 || step.Inputs[2] is not { } name || !weights.TryGetValue(name, out int bias) || uses[name] != 1) return -1;
        return plan.Weights[bias].Type == ElementType.Float32 && step.Attributes.Float("beta", 1f) == 1f ? bias : -1;
    }

    /// <summary>Follows the input backwards through steps that only give it another shape.</summary>
    private static int PoolOf(Plan plan, PlanStep step, Dictionary<string, int> producers)
    {
        for (string? value = step.Inputs[0]; value is not null && producers.TryGetValue(value, out int number); value = plan.Steps[number - 1].Inputs[0])
            switch (plan.Steps[number - 1].Operator)
            {
                case "GlobalAveragePool": return number;
                case "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" or "ToPlain" or "ToBlocked": continue;
                default: return 0;
            }
        return 0;
    }
}
