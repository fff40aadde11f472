namespace Lr2vq.Artifacts;

/// <summary>What training after compression brought, on samples that nothing was fitted to.</summary>
/// <param name="Mode">As the option says it.</param>
/// <param name="AreClasses">The distances are divergences in nats; else squares of relative changes.</param>
/// <param name="Before">Distance of the answers from the original's before training.</param>
/// <param name="After">Of what is in the artifact; the same where training brought nothing.</param>
/// <param name="AgreementBefore">Part of the samples whose class stayed the same.</param>
/// <param name="AgreementAfter">The same of what is in the artifact.</param>
internal sealed record TuningRecord(string Mode, bool AreClasses, double Before, double After, double AgreementBefore, double AgreementAfter);
