using System;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>If: the branch that a known condition takes; the other one is not looked at. Where the condition is not known, branches of constants or sizes become
/// a choice of each element; others become steps that are computed only where their branch is taken.</summary>
internal sealed class If() : OnnxOperator("If")
{
    private const string Otherwise = "Export the network with that condition fixed, or let a simplifier (onnxsim) remove the branch";

    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        Value condition = node[0];
        if (condition.Type != ElementType.Bool) throw node.Invalid("its condition is not bool");
        if (condition.Dimensions is [{ IsConstant: true } known])
        {
            node.Return(node.Branch(known.Value != 0 ? "then_branch" : "else_branch"));
            return;
        }
        if (condition.Count != 1) throw node.Invalid($"its condition {condition} is not one truth value");
        Graph graph = node.Builder.Graph;
        int before = graph.Nodes.Count;
        Branch positive = new(graph.Branch), other = new(graph.Branch);
        (Value[] ofThen, Value[] ofElse) = (Import(node, "then_branch", positive, condition), Import(node, "else_branch", other, condition));
        if (ofThen.Length != ofElse.Length || ofThen.Zip(ofElse).Any(pair => pair.First.Type != pair.Second.Type)) throw node.Invalid("its branches do not make the same types");
        bool areSizes = ofThen.Concat(ofElse).All(value => value.Dimensions is not null || value.Reals is not null);
        if (ofThen.Zip(ofElse).All(pair => pair.First.HasShapeOf(pair.Second)) && (areSizes || graph.Nodes.Count == before))
        {
            graph.Dissolve(positive);
            graph.Dissolve(other);
            Value scalar = node.Builder.Reshape(condition, []);
            node.Return([.. ofThen.Select((value, i) => node.Builder.Emit("Where", [scalar, value, ofElse[i]], StepAttributes.Empty, value.Type, value.Shape, node.OutputName(i)))]);
            return;
        }
        // What steps find is data.
        Dimension? on = condition.Dimensions is [{ HasSize: false } size] ? size : null;
        Value[] results = [.. ofThen.Select((value, i) => new Value(node.OutputName(i) ?? $"{value.Name}/If", value.Type, Shape(node, condition, value, ofElse[i])))];
        CheckSizes(graph, positive, other, results, condition);
        StepAttributes attributes = on is null ? StepAttributes.Empty : new AttributeList().Add("on", [on]);
        graph.Add(new Node(node.Builder.Name, "If", [on is null ? condition : null, .. ofThen, .. ofElse], results, attributes) { Sides = (positive, other) });
        // Types of floats differ where the model says so; then f32 it is.
        if (ofThen.FirstOrDefault(value => value.IsFloat) is { } real) node.FloatType = node.TypeOf(real);
        node.Return(results);
    }

    /// <summary>Where a small input decides, the branch that is in the way can go.</summary>
    private static Value[] Import(NodeContext node, string name, Branch branch, Value condition)
    {
        try
        {
            return node.Branch(name, branch);
        }
        catch (BranchException)
        {
            ImportException refusal = DecidingInputs.Refuse(DiagnosticCatalogue.ConditionUnknown, "a condition that depends on the data", condition, Otherwise);
            if (refusal.More[^1] == Otherwise) throw;
            throw refusal;
        }
        catch (DimensionKnownException e)
        {
            // The other branch may have other lengths.
            throw new ImportException(DiagnosticCatalogue.ShapeNotFollowed, "one of its branches", e.Symbol, $"and must be {e.Length} there", $"{e.Symbol}={e.Length}");
        }
    }

    /// <summary>What a branch finds is not known where the other one is taken.</summary>
    private static void CheckSizes(Graph graph, Branch positive, Branch other, Value[] results, Value condition)
    {
        string[] named = [.. results.SelectMany(result => result.Shape).SelectMany(length => Dimension.SizesIn(length.ToString()))];
        if (named.Length > 0 && graph.Nodes.Any(node => node.Size is { } found && named.Contains(found.Identifier) && (Branch.Holds(positive, node.Branch) || Branch.Holds(other, node.Branch))))
            throw DecidingInputs.Refuse(DiagnosticCatalogue.ConditionUnknown, "a condition that is not known, and what one of its branches finds decides how long its result is", condition, Otherwise);
    }

    /// <summary>The shape of a result: that of both branches, or a choice where input shapes decide.</summary>
    private static Dimension[] Shape(NodeContext node, Value condition, Value positive, Value other)
    {
        if (positive.HasShapeOf(other)) return positive.Shape;
        if (positive.Rank == other.Rank && condition.Dimensions is [{ HasSize: false } on])
            return [.. positive.Shape.Zip(other.Shape, (a, b) => a.Equals(b) ? a : Dimension.Choose(on, a, b))];
        throw condition.Dimensions is [{ } size] ? node.NotANumber("its condition", size)
            : condition.Unfollowed is not null ? node.DataDependent("its condition", condition)
            : DecidingInputs.Refuse(DiagnosticCatalogue.ConditionUnknown, $"a condition that depends on the data, and they make the shapes [{string.Join(',', (object[])positive.Shape)}] and [{string.Join(',', (object[])other.Shape)}]", condition, Otherwise);
    }
}
