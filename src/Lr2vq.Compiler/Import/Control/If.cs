using System;
using System.Collections.Generic;
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
        if (condition.Dimensions is [{ IsConstant: true } taken])
        {
            node.Return(node.Branch(taken.Value != 0 ? "then_branch" : "else_branch"));
            return;
        }
        if (condition.Count != 1) throw node.Invalid($"its condition {condition} is not one truth value");
        Graph graph = node.Builder.Graph;
        int before = graph.Nodes.Count;
        Node? last = graph.Nodes.Last?.Value;
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
        if (ofThen.Zip(ofElse).FirstOrDefault(pair => pair.First.Rank != pair.Second.Rank) is ({ } a, { } b)) throw Refuse(node, condition, a, b);
        Dimension? on = condition.Dimensions is [{ } known] ? known : null;
        if (on is null && !ofThen.Zip(ofElse).All(pair => pair.First.HasShapeOf(pair.Second))) on = Found(graph, node.Builder.Name, condition, last);
        Value[] results = [.. ofThen.Select((value, i) => new Value(node.OutputName(i) ?? $"{value.Name}/If", value.Type,
            [.. value.Shape.Zip(ofElse[i].Shape, (a, b) => a.Equals(b) ? a : Dimension.Choose(on!, a, b))]))];
        foreach (Value result in results) Shapes.CheckResult(result.Shape);
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

    /// <summary>Whether a condition that data decide is true, as a size: 0 or 1, found before the branches.</summary>
    /// <param name="last">The last node before them.</param>
    private static Dimension Found(Graph graph, string name, Value condition, Node? last)
    {
        // Lengths that one condition decides are equal expressions.
        if (condition.Users.FirstOrDefault(user => user is { Operator: "NonZero", Size: not null } && Branch.Holds(user.Branch, graph.Branch)) is { } finder) return Dimension.Symbol(finder.Size!.Identifier);
        PlanSize size = graph.NewSize(Dimension.One);
        Dimension found = Dimension.Symbol(size.Identifier);
        Value places = new(name + "/taken", ElementType.Int64, [Math.Max(1, condition.Rank), found]);
        LinkedListNode<Node>? first = last?.Place is { } place ? place.Next : graph.Nodes.First;
        graph.Add(new Node(name, "NonZero", [condition], [places], StepAttributes.Empty) { Size = size }, first?.Value).Branch = graph.Branch;
        return found;
    }

    /// <summary>The ranks of a result differ.</summary>
    private static ImportException Refuse(NodeContext node, Value condition, Value positive, Value other) => condition.Dimensions is [{ } size] ? node.NotANumber("its condition", size)
        : condition.Unfollowed is not null ? node.DataDependent("its condition", condition)
        : DecidingInputs.Refuse(DiagnosticCatalogue.ConditionUnknown, $"a condition that depends on the data, and they make the shapes [{string.Join(',', (object[])positive.Shape)}] and [{string.Join(',', (object[])other.Shape)}]", condition, Otherwise);
}
