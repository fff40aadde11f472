using Lr2vq.Operators;

namespace Lr2vq.Sessions;

/// <content>Steps that are computed again and again.</content>
internal sealed unsafe partial class ShapePlan
{
    /// <summary>True if a step has ended a loop's turn, and there is another one.</summary>
    private bool GoesOn(int step) => _network.Steps[step] is { Turn: >= 0 } loop && *_values[loop.Inputs[2]].Data != 0;

    /// <summary>What is made outside of a loop and read in its body is there until its last turn has ended.</summary>
    private void KeepForTurns(int[] lastUse)
    {
        for (int end = 0; end < _firstViews.Length; end++)
        {
            int first = _network.Steps[end].Turn;
            if (first < 0) continue;
            for (int s = first + 1; s < end; s++)
                foreach (int input in _network.Steps[s].Inputs)
                    if (input >= 0 && _network.Values[input].Step <= first && lastUse[input] < end) lastUse[input] = end;
        }
    }

    /// <summary>The step at which the memory of a result is first written: stacks of a loop grow from its first turn on.</summary>
    private int FirstUse(int step, int output)
    {
        NetworkStep maker = _network.Steps[step];
        return maker.Turn >= 0 && output >= Loop.Carried(maker.Inputs.Length, maker.Outputs.Length) ? maker.Turn : step;
    }
}
