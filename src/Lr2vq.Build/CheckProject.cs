using Lr2vq.Diagnostics;

namespace Lr2vq.Build;

/// <summary>Looks at the words of a project that mentions us and has no model: a slip there is why.</summary>
public sealed class CheckProject : ModelTask
{
    /// <inheritdoc />
    public override bool Execute()
    {
        foreach ((Diagnostic problem, ProjectPlace place) in new ProjectWords(Places, ProjectFile, BuildEngine).Problems(hasModels: false))
            Report(problem.Severity, problem.Id, place, problem.Text);
        return !Log.HasLoggedErrors;
    }
}
