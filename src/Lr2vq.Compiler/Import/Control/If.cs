using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>If: the branch that a known condition takes; the other one is not looked at. Where the condition is not known, both branches
/// must be constants, or sizes, of the same shape, and become a choice.</summary>
internal sealed class If() : OnnxOperator("If")
{
    public override void Import(NodeContext node)
    {
        Value condition = node[0];
        if (condition.Type != ElementType.Bool) throw node.Invalid("its condition is not bool");
        if (condition.Dimensions is [{ IsConstant: true } known])
        {
            node.Return(node.Branch(known.Value != 0 ? "then_branch" : "else_branch"));
            return;
        }
        int before = node.Builder.Graph.Nodes.Count;
        Value[] positive = node.Branch("then_branch"), other = node.Branch("else_branch");
        bool fits = positive.Length == other.Length && positive.Zip(other).All(pair => pair.First.Type == pair.Second.Type && pair.First.HasShapeOf(pair.Second));
        bool areSizes = positive.Concat(other).All(value => value.Dimensions is not null || value.Reals is not null);
        // A branch that computes something is not run to be thrown away.
        if (!fits || !areSizes && node.Builder.Graph.Nodes.Count > before) throw Undecided(node, condition);
        Value scalar = node.Builder.Reshape(condition, []);
        node.Return([.. positive.Select((value, i) => node.Builder.Emit("Where", [scalar, value, other[i]], StepAttributes.Empty, value.Type, value.Shape, node.OutputName(i)))]);
    }

    private static ImportException Undecided(NodeContext node, Value condition) => condition.Dimensions is [{ } size]
        ? node.NotANumber("its condition", size)
        : condition.Unfollowed is not null ? node.DataDependent("its condition", condition)
        : DecidingInputs.Refuse(DiagnosticCatalogue.ConditionUnknown, "a condition that depends on the data", condition,
            "Export the network with that condition fixed, or let a simplifier (onnxsim) remove the branch");
}
